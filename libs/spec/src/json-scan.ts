// SPDX-License-Identifier: Apache-2.0

/** What a scan tells its listener, in the order of the text. Offsets count UTF-16 units; ends are exclusive. */
export interface ScanListener {
  enter(start: number): void;
  /** A member's name, with its escapes resolved. */
  key(name: string, start: number, end: number): void;
  /** A string, with its escapes resolved only where it has any `\u`; undefined otherwise. */
  string(escaped: string | undefined, start: number, end: number): void;
  number(start: number, end: number): void;
  literal(start: number, end: number): void;
  leave(end: number): void;
}

export interface ScanFault {
  readonly code: 'json-syntax' | 'json-too-deep' | 'too-many';
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** Deepest nesting that is read, in objects and arrays. */
export const deepest = 64;

/** Most values in one text, objects and arrays included: what reading costs is bounded by it. */
export const mostValues = 500_000;

const numberForm = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const literalForm = /true|false|null/y;
const wordForm = /[\w.+-]+/y;
const badEscape = /\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})/g;

/**
 * Reads a text once as JSON (RFC 8259) without building anything. Returns the first fault, or undefined: then `JSON.parse` takes the
 * same text. Linear in its length; never throws.
 */
export function scanJson(text: string, listener: ScanListener): ScanFault | undefined {
  let position = 0;
  let values = 0;
  let fault: ScanFault | undefined;

  const fail = (
    message: string,
    start = position,
    end = start + 1,
    code: ScanFault['code'] = 'json-syntax',
  ): false => {
    fault ??= {
      code,
      message,
      start: Math.min(start, text.length),
      end: Math.min(Math.max(end, start), text.length),
    };
    return false;
  };
  const found = (): string => {
    if (position >= text.length) return 'the file ends here';
    return `found '${String.fromCodePoint(text.codePointAt(position) ?? 0)}'`;
  };
  const blanks = (): number => {
    for (;;) {
      const code = text.charCodeAt(position);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      position += 1;
    }
  };
  /** Moves past a string; returns whether it has escapes, or undefined after a fault. */
  const skipString = (): boolean | undefined => {
    const start = position;
    let escapes = false;
    for (position += 1; ; position += 1) {
      const code = text.charCodeAt(position);
      if (code === 0x22) break;
      if (code === 0x5c) {
        escapes = true;
        position += 1;
      } else if (!(code >= 0x20)) {
        fail(
          position >= text.length
            ? 'the string is not closed'
            : 'a control character stands in a string; write it as \\u00XX or \\n',
          position >= text.length ? start : position,
        );
        return undefined;
      }
    }
    position += 1;
    if (!escapes) return false;
    badEscape.lastIndex = 0;
    const inner = text.slice(start + 1, position - 1).replaceAll('\\\\', '__');
    const bad = badEscape.exec(inner);
    if (bad !== null) {
      fail('this escape is not known in JSON', start + 1 + bad.index, start + 3 + bad.index);
      return undefined;
    }
    return true;
  };
  const decoded = (start: number, escapes: boolean): string => {
    if (!escapes) return text.slice(start + 1, position - 1);
    const value: unknown = JSON.parse(text.slice(start, position));
    return typeof value === 'string' ? value : '';
  };
  const token = (form: RegExp): boolean => {
    form.lastIndex = position;
    if (!form.test(text)) return false;
    position = form.lastIndex;
    return true;
  };
  const scalar = (code: number): boolean => {
    const start = position;
    if (code === 0x22) {
      const escapes = skipString();
      if (escapes === undefined) return false;
      listener.string(escapes ? decoded(start, true) : undefined, start, position);
      return true;
    }
    if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      if (!token(numberForm)) return fail('this is no number in JSON');
      const end = position;
      if (token(wordForm)) return fail('this is no number in JSON', start, position);
      listener.number(start, end);
      return true;
    }
    if (token(literalForm) && !token(wordForm)) {
      listener.literal(start, position);
      return true;
    }
    position = start;
    const what = found();
    const word = token(wordForm);
    return fail(
      `expected a value; ${word ? `found '${text.slice(start, position)}'` : what}`,
      start,
      word ? position : start + 1,
    );
  };
  const value = (depth: number): boolean => {
    const code = blanks();
    values += 1;
    if (values > mostValues)
      return fail(`more than ${String(mostValues)} values`, position, position + 1, 'too-many');
    if (code !== 0x7b && code !== 0x5b) return scalar(code);
    if (depth >= deepest)
      return fail(`nested deeper than ${String(deepest)} levels`, position, position + 1, 'json-too-deep');
    listener.enter(position);
    position += 1;
    if (!(code === 0x7b ? members(depth + 1) : items(depth + 1))) return false;
    position += 1;
    listener.leave(position);
    return true;
  };
  const members = (depth: number): boolean => {
    if (blanks() === 0x7d) return true;
    for (;;) {
      if (blanks() !== 0x22) return fail(`expected a key in double quotes; ${found()}`);
      const start = position;
      const escapes = skipString();
      if (escapes === undefined) return false;
      listener.key(decoded(start, escapes), start, position);
      if (blanks() !== 0x3a) return fail(`expected ':' after the key; ${found()}`);
      position += 1;
      if (!value(depth)) return false;
      const next = blanks();
      if (next === 0x7d) return true;
      if (next !== 0x2c) return fail(`expected ',' or '}'; ${found()}`);
      position += 1;
    }
  };
  const items = (depth: number): boolean => {
    if (blanks() === 0x5d) return true;
    for (;;) {
      if (!value(depth)) return false;
      const next = blanks();
      if (next === 0x5d) return true;
      if (next !== 0x2c) return fail(`expected ',' or ']'; ${found()}`);
      position += 1;
    }
  };

  if (value(0) && !Number.isNaN(blanks())) fail(`expected the end of the file; ${found()}`);
  return fault;
}
