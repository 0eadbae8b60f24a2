// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { normalPath } from '../normal-path.ts';

/** `NAME=value`, `NAME=` or `NAME`, which takes the variable away: null. */
export function parseVariable(
  text: string,
): Result<{ readonly name: string; readonly value: string | null }, string> {
  const [, name, given] = /^([A-Za-z_][A-Za-z0-9_]*)(?:=([^\n\0]*))?$/.exec(text) ?? [];
  return name === undefined
    ? err('write NAME=value, NAME= or NAME in one line, a name of letters, digits and _')
    : ok({ name, value: given ?? null });
}

/** An argument of a program. */
export function parseArgument(text: string): Result<string, string> {
  return text.includes('\0') ? err('it holds a NUL') : ok(text);
}

/** A text that is not empty; `what` it is, for people. */
export function parseWord(what: string): (text: string) => Result<string, string> {
  return (text) => (text === '' ? err(`it is empty: give ${what}`) : ok(text));
}

export function parseFolder(text: string): Result<string, string> {
  const path = normalPath(text);
  return path === undefined ? err("write a path that begins with / and holds no '..'") : ok(path);
}

export function oneOf<const T extends string>(...values: readonly T[]): (text: string) => Result<T, string> {
  return (text) => {
    const value = values.find((known) => known === text);
    return value === undefined ? err(`it is none of ${values.join(', ')}`) : ok(value);
  };
}
