// SPDX-License-Identifier: Apache-2.0
import { err, ok, parseDuration, type Result } from '@fairlead/base';

/** One flag of a command: how it is written, and how its text becomes a value. */
export interface Flag<T> {
  /** As commander reads it: `--repo <dir>`, `-o, --out <file>`, `--force`. */
  readonly flags: string;
  readonly description: string;
  readonly parse: (text: string) => Result<T, string>;
  /** What counts where nothing is said. */
  readonly absent:
    | { readonly kind: 'default'; readonly value: T; readonly shown: string | undefined }
    | { readonly kind: 'required' };
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;
export type FlagValues<F extends Flags> = { readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

const text = (value: string): Result<string, string> => ok(value);

export function requiredText(flags: string, description: string): Flag<string> {
  return { flags, description, parse: text, absent: { kind: 'required' } };
}

export function textWithDefault(flags: string, description: string, value: string): Flag<string> {
  return { flags, description, parse: text, absent: { kind: 'default', value, shown: value } };
}

export function optionalText(flags: string, description: string): Flag<string | undefined> {
  return { flags, description, parse: text, absent: { kind: 'default', value: undefined, shown: undefined } };
}

/** A flag without a value; from environment or file: `true`, `1`, `false` or `0`. */
export function switchFlag(flags: string, description: string): Flag<boolean> {
  return {
    flags,
    description,
    parse: parseSwitch,
    absent: { kind: 'default', value: false, shown: undefined },
  };
}

/** One of a closed list; the first is the default. */
export function choiceFlag<const T extends string>(
  flags: string,
  description: string,
  choices: readonly [T, ...T[]],
): Flag<T> {
  const [first] = choices;
  return {
    flags,
    description: `${description} (${choices.join(', ')})`,
    parse: (value) => {
      const found = choices.find((choice) => choice === value);
      return found === undefined ? err(`not one of: ${choices.join(', ')}`) : ok(found);
    },
    absent: { kind: 'default', value: first, shown: first },
  };
}

/** A duration like `1h 30m`; its value is in milliseconds. */
export function durationFlag(flags: string, description: string, defaultText: string): Flag<number> {
  const value = parseDuration(defaultText);
  return {
    flags,
    description,
    parse: parseDuration,
    absent: { kind: 'default', value: value.ok ? value.value : 0, shown: defaultText },
  };
}

/** A duration whose default depends on something else; in milliseconds. */
export function optionalDuration(flags: string, description: string): Flag<number | undefined> {
  return {
    flags,
    description,
    parse: parseDuration,
    absent: { kind: 'default', value: undefined, shown: undefined },
  };
}

function parseSwitch(value: string): Result<boolean, string> {
  if (value === 'true' || value === '1') return ok(true);
  if (value === 'false' || value === '0') return ok(false);
  return err('neither true nor false');
}
