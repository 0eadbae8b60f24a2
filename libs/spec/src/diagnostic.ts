// SPDX-License-Identifier: Apache-2.0
import type { Code } from '@fairlead/base';

export type Severity = 'error' | 'warning' | 'note';

/** What is wrong with a file of the fleet repository, as people and programs are told. */
export interface Diagnostic {
  /** Path in the repository. */
  readonly file: string;
  /** 1-based, as are the other three; columns count UTF-16 units, as editors do. The end is exclusive. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly severity: Severity;
  readonly code: Code;
  readonly message: string;
  /** The way out, as an order to the reader. */
  readonly hint: string;
}

/** Where in a JSON file: by JSON pointer (RFC 6901), or by offsets where a pointer would be ambiguous (a key that stands twice). */
export type Place =
  | { readonly kind: 'key'; readonly pointer: string }
  | { readonly kind: 'value'; readonly pointer: string }
  /** UTF-16 offsets into the text; the end is exclusive. */
  | { readonly kind: 'range'; readonly start: number; readonly end: number };

/** A diagnostic before anyone has looked for its line: what parsers keep, since most files never need a position. */
export interface Problem {
  readonly severity: Severity;
  readonly code: Code;
  readonly message: string;
  /** Absent: the code's own hint. */
  readonly hint?: string;
  readonly place: Place;
}

/** The place of a value. */
export function at(pointer: string): Place {
  return { kind: 'value', pointer };
}

/** The place of a key, by the pointer of its value. */
export function atKey(pointer: string): Place {
  return { kind: 'key', pointer };
}

/** The pointer of what this one lies in; that of the root is its own parent. */
export function parentOf(pointer: string): string {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')));
}

/** Appends one reference token to a JSON pointer. */
export function join(pointer: string, ...tokens: readonly (string | number)[]): string {
  return tokens.reduce<string>((path, token) => `${path}/${escaped(String(token))}`, pointer);
}

function escaped(token: string): string {
  return /[~/]/.test(token) ? token.replaceAll('~', '~0').replaceAll('/', '~1') : token;
}

/** The reference tokens of a JSON pointer. */
export function tokensOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}
