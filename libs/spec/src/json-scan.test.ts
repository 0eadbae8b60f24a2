// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepest, mostValues, scanJson, type ScanListener } from './json-scan.ts';

const nothing = (): void => undefined;
const deaf: ScanListener = {
  enter: nothing,
  leave: nothing,
  key: nothing,
  string: nothing,
  number: nothing,
  literal: nothing,
};
const scan = (text: string) => scanJson(text, deaf);

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const mutilated = fc
  .tuple(
    fc.json({ maxDepth: 4 }),
    fc.nat(),
    fc.nat(3),
    fc.constantFrom(
      '',
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '0',
      '-',
      '.',
      'e',
      ' ',
      '\n',
      'u',
      '\u0001',
      't',
      'null',
    ),
  )
  .map(
    ([text, at, cut, piece]) =>
      text.slice(0, at % (text.length + 1)) + piece + text.slice((at % (text.length + 1)) + cut),
  );

describe('when a text is scanned', () => {
  it('finds a fault exactly where JSON.parse does', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), mutilated, fc.string()), (text) => {
        expect(scan(text) === undefined).toBe(parses(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['', 0, 'expected a value; the file ends here'],
    ['{"a": tru}', 6, "expected a value; found 'tru'"],
    ["{'a': 1}", 1, "expected a key in double quotes; found '''"],
    ['{"a": 1,}', 8, "expected a key in double quotes; found '}'"],
    ['{"a" 1}', 5, "expected ':' after the key; found '1'"],
    ['[1 2]', 3, "expected ',' or ']'; found '2'"],
    ['{"a": 1 // why', 8, "expected ',' or '}'; found '/'"],
    ['[01]', 1, 'this is no number in JSON'],
    ['["a\tb"]', 3, 'a control character stands in a string; write it as \\u00XX or \\n'],
    ['["\\\\\\x"]', 4, 'this escape is not known in JSON'],
    ['["abc', 1, 'the string is not closed'],
    ['{} {}', 3, "expected the end of the file; found '{'"],
    ['\uFEFF{}', 0, "expected a value; found '\uFEFF'"],
  ])('says what is wrong with %j, and where', (text, start, message) => {
    expect(scan(text)).toMatchObject({ code: 'json-syntax', start, message });
  });

  it('refuses what is nested deeper than allowed, and takes what is not', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(scan(nested(deepest))).toBeUndefined();
    expect(scan(nested(deepest + 1))).toMatchObject({ code: 'json-too-deep', start: deepest });
    expect(scan('{"a":'.repeat(1_000_000))).toMatchObject({ code: 'json-too-deep' });
  });

  it('refuses more values than it reads, whatever they are', () => {
    const many = (item: string, count: number): string => `[${Array(count).fill(item).join(',')}]`;
    expect(scan(many('0', mostValues - 1))).toBeUndefined();
    expect(scan(many('{}', mostValues))).toMatchObject({ code: 'too-many' });
    expect(scan(many('{"a":0}', mostValues / 2))).toMatchObject({ code: 'too-many' });
  });
});
