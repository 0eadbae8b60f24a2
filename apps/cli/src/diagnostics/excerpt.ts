// SPDX-License-Identifier: Apache-2.0
import type { Diagnostic } from '@fairlead/spec';

/** The part of a source line that a diagnostic speaks of, with what stands around it; fit for a terminal. */
export interface Excerpt {
  readonly before: string;
  /** Empty where the diagnostic has a place and no extent. */
  readonly marked: string;
  readonly after: string;
}

/** UTF-16 units around the begin of the mark that are shown of a long line. */
const reach = { before: 40, after: 80 } as const;
const tab = '    ';

/** Of a range over several lines the first; undefined where the text has no such line. */
export function excerptOf(
  lines: readonly string[],
  { line, column, endLine, endColumn }: Diagnostic,
): Excerpt | undefined {
  const text = lines[line - 1]?.replace(/\r$/, '');
  if (text === undefined || column > text.length + 1) return undefined;
  const start = column - 1;
  const end = endLine === line ? Math.max(start, Math.min(endColumn - 1, text.length)) : text.length;
  const [first, last] =
    text.length <= reach.before + reach.after
      ? [0, text.length]
      : [Math.max(0, start - reach.before), Math.min(text.length, start + reach.after)];
  return {
    before: (first > 0 ? '…' : '') + printable(text.slice(first, start)),
    marked: printable(text.slice(start, Math.min(end, last))),
    after: printable(text.slice(Math.min(end, last), last)) + (last < text.length ? '…' : ''),
  };
}

/**
 * Text of a file as a terminal may show it. Control characters could write over what was printed before, and those that turn the
 * direction of writing could make a line read as what it is not: each is shown as a sign. Half of a surrogate pair, as cuts leave it, too.
 */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\t', tab)
    .replace(/[\0-\u001f]/g, (control) => String.fromCharCode(0x2400 + control.charCodeAt(0)))
    .replace(/[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '\ufffd');
}
