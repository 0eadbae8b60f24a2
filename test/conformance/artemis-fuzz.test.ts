// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  flattenPod,
  parseDevicesFile,
  parseFleetFile,
  parsePod,
  podDiagnostics,
  printPod,
} from '@fairlead/spec';
import { conformanceDir } from '@fairlead/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const artemis = join(conformanceDir() ?? '', 'artemis');
const sources = ['examples', 'extends'].flatMap((folder) =>
  readdirSync(join(artemis, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(yaml|json)$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(artemis, folder, path), 'utf8') })),
);
const snippets = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  '\n',
  '- ',
  '"',
  "'",
  'null',
  '&a ',
  '*a',
  '!!',
  '\0',
  '\u{fffd}',
  '{{vars.A}}',
  '$schema',
  'extends',
  '0',
  '-1',
  '1e999',
  '__proto__',
  '\t',
  '|',
  '>',
  '?',
  '#',
];

/** A file with some parts cut out, doubled, or overwritten. */
const mutated = fc
  .tuple(
    fc.constantFrom(...sources),
    fc.array(fc.tuple(fc.nat(), fc.nat(12), fc.constantFrom('', ...snippets)), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([{ path, text }, changes]) => ({
    path: path.endsWith('.json') ? 'it.json' : 'it.yaml',
    text: changes.reduce((whole, [at, length, put]) => {
      const start = at % (whole.length + 1);
      return whole.slice(0, start) + put + whole.slice(start + length);
    }, text),
  }));

const runs = process.env['FAIRLEAD_LONG'] === '1' ? 20_000 : 400;

describe('when files of Artemis are damaged', () => {
  it(
    'nothing throws, and what is wrong has a place in the file',
    { timeout: 60_000 + runs * 20 },
    async () => {
      await fc.assert(
        fc.asyncProperty(
          mutated,
          fc.constantFrom('fairlead', 'artemis', undefined),
          async ({ path, text }, dialect) => {
            const bytes = Buffer.from(text);
            const flat = await flattenPod(path, {
              resolve: (_file, reference) => reference,
              read: async (named) => (named === path ? bytes : undefined),
            });
            const pod = parsePod(flat, dialect === undefined ? {} : { dialect });
            const found = podDiagnostics(pod);
            const lines = text.split('\n').length;
            expect(
              found.filter(({ file, line, endLine }) => file !== path || line < 1 || endLine > lines),
            ).toEqual([]);
            expect(pod.value === undefined).toBe(found.some(({ severity }) => severity === 'error'));
            if (pod.value !== undefined) printPod(pod.value);
            for (const parse of [parseFleetFile, parseDevicesFile]) {
              const { value, problems } = parse(bytes);
              if (value === undefined) expect(problems).not.toEqual([]);
            }
          },
        ),
        { numRuns: runs },
      );
    },
  );
});
