// SPDX-License-Identifier: Apache-2.0

/** What a text is for, and with it which placeholders it may hold. */
export type TextRole =
  /** Has one value for all devices: no placeholder at all. */
  | 'identifier'
  /** Variables alone. */
  | 'plain'
  /** Variables and what the device fills in. Everybody on the device reads it. */
  | 'command'
  /** `NAME=value`: as a command; in the value secrets too. */
  | 'environment'
  /** Text of the program, braces of other templates included: only variables and secrets are looked for. */
  | 'content';

/** The role of the text at a path of keys and indices. */
export type RoleOf = (path: readonly string[]) => TextRole;

/** The role that a table gives to the last key of a path; what it does not name is plain. */
export function roleByLastKey(roles: Readonly<Record<string, TextRole>>): RoleOf {
  const known = new Map(Object.entries(roles));
  return (path) => known.get(path.findLast((token) => !isIndex(token)) ?? '') ?? 'plain';
}

export function isIndex(token: string): boolean {
  return /^\d+$/.test(token);
}
