// SPDX-License-Identifier: Apache-2.0
import { compareBytes, isDigest, type Digest } from '@fairlead/base';
import * as v from 'valibot';
import { isDictionary } from '../dictionary.ts';
import { isEngineName } from '../names.ts';
import { isAbsolutePath, isRelativePath, isUnitName, targetLimits } from '../limits.ts';

/** Node refuses to start a process with a NUL in any of its strings, and no file has one in its name. */
export const withoutNul = v.check<string, string>((text) => !text.includes('\0'), 'holds a NUL');

export const text = (longest: number) =>
  v.pipe(v.string(), v.maxLength(longest, `longer than ${String(longest)}`));
export const argument = v.pipe(text(targetLimits.argument), withoutNul);
export const program = v.pipe(argument, v.nonEmpty('empty'));
export const name = v.pipe(
  v.string(),
  v.check(isUnitName, 'no name: letters, digits, . _ - (at most 63, no ..)'),
);
export const label = v.pipe(
  text(targetLimits.label),
  v.nonEmpty('empty'),
  v.check(isLabel, 'holds a control character, / or is . or ..'),
);
export const relativePath = v.pipe(v.string(), v.check(isRelativePath, 'no path inside the config folder'));
export const count = v.pipe(v.number(), v.safeInteger('no safe integer'), v.minValue(0, 'negative'));
export const positive = v.pipe(count, v.minValue(1, 'zero'));
export const port = v.pipe(positive, v.maxValue(65_535, 'no port'));
export const engineName = v.pipe(v.string(), v.check(isEngineName, 'no name'));
export const absolutePath = v.pipe(
  v.string(),
  v.check(isAbsolutePath, 'no path from the root without . and ..'),
);
export const digest = v.custom<Digest>(isDigest, 'no digest: sha256: and 64 lower-case hexadecimal digits');
export const variable = v.pipe(text(targetLimits.label), v.regex(/^[^=\0]+$/, 'no name of a variable'));

function isLabel(value: string): boolean {
  return !/[\u0000-\u001f\u007f/]/.test(value) && value !== '.' && value !== '..';
}

/** At most `longest` items whose keys rise in byte order: one order, and nothing twice. */
export function rising<S extends v.GenericSchema>(
  item: S,
  longest: number,
  key: (value: v.InferOutput<S>) => string,
) {
  return v.pipe(
    v.array(item),
    v.maxLength(longest, `more than ${String(longest)}`),
    v.check(
      (items) =>
        items.every((value, index) => {
          const next = items[index + 1];
          return index + 1 >= items.length || compareBytes(key(value), key(next)) < 0;
        }),
      'not in rising order, or something twice',
    ),
    v.readonly(),
  );
}

/** At most `most` entries. Unlike `v.record` it keeps names that JavaScript gives a meaning, such as `constructor`. */
export function dictionary<T>(
  key: v.GenericSchema<string>,
  value: v.GenericSchema<T>,
  most: number,
): v.GenericSchema<Readonly<Record<string, T>>> {
  return v.pipe(
    v.custom<Readonly<Record<string, T>>>(isDictionary, 'no object'),
    v.check((entries) => Object.keys(entries).length <= most, 'too many'),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      for (const [name, entry] of Object.entries(dataset.value)) {
        const checked = v.safeParse(v.tuple([key, value]), [name, entry]);
        for (const { message } of checked.issues ?? []) {
          addIssue({ message: `'${name}': ${message}` });
        }
      }
    }),
  );
}

/** Names of units that a unit requires. */
export const requirements = rising(name, targetLimits.requires, (required) => required);

const httpUrl = v.regex<string, string>(/^https?:\/\/[^\s\0]+$/, 'no http or https URL');
const anyUrl = v.regex<string, string>(
  /^(?:https?:\/\/[^\s\0]+|server:)$/,
  'no http or https URL, nor server:',
);

/** Fields of an artifact; that the server keeps artifacts itself is said since format 2. */
export const artifactFields = (format: 1 | 2) => ({
  url: v.pipe(text(targetLimits.url), format === 1 ? httpUrl : anyUrl),
  digest,
  size: count,
  format: v.picklist(['tar', 'zip', 'file']),
  md5: v.exactOptional(
    v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/, 'no MD5: 32 lower-case hexadecimal digits')),
  ),
});
