// SPDX-License-Identifier: Apache-2.0
import { canonicalJson } from '@fairlead/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJson } from './json-document.ts';

const codesOf = (text: string | Uint8Array): readonly string[] =>
  readJson(typeof text === 'string' ? Buffer.from(text) : text).problems.map(({ code }) => code);

describe('when bytes are read as JSON', () => {
  it('finds keys that stand twice, also where one is written with escapes', () => {
    expect(codesOf('{"a":1,"b":{"a":1},"\\u0061":2}')).toEqual(['duplicate-key']);
    expect(codesOf('{"a":{"x":1,"x":1},"b":[{"y":1},{"y":1}]}')).toEqual(['duplicate-key']);
    expect(codesOf('{"__proto__":1,"constructor":2,"__proto__":3}')).toEqual(['duplicate-key']);
  });

  it.each(['9007199254740992', '-9007199254740992', '12345678901234567890', '1e20', '1e400', '-1E999'])(
    'refuses the number %s',
    (number) => {
      expect(codesOf(`[${number}]`)).toEqual(['unsafe-integer']);
    },
  );

  it.each(['9007199254740991', '-9007199254740991', '1e5', '0.1', '1234567890.123456789', '1e-400'])(
    'takes the number %s',
    (number) => {
      expect(codesOf(`[${number}]`)).toEqual([]);
    },
  );

  it('refuses half a surrogate pair in a text and in a key', () => {
    expect(codesOf('["\\ud83d"]')).toEqual(['invalid-value']);
    expect(codesOf('{"\\ude00":1}')).toEqual(['invalid-value']);
    expect(codesOf('["\\ud83d\\ude00"]')).toEqual([]);
  });

  it('refuses what is no text, and a pointer to a file in large file storage', () => {
    expect(codesOf(Uint8Array.of(0x22, 0xff, 0x22))).toEqual(['not-utf8']);
    expect(codesOf('version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 1\n')).toEqual([
      'lfs-pointer',
    ]);
  });

  it('reports everything that is wrong at once, and still tells the value', () => {
    const { value, problems } = readJson(Buffer.from('{"a":1,"a":2,"n":1e30}'));
    expect(problems.map(({ code }) => code)).toEqual(['duplicate-key', 'unsafe-integer']);
    expect(value).toEqual({ a: 2, n: 1e30 });
  });

  it('never throws, and what it lets pass has a canonical form', () => {
    const anything = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => Buffer.from(text)),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        const { value, problems } = readJson(bytes);
        if (problems.length === 0) expect(canonicalJson(value)).toBeTypeOf('string');
      }),
      { numRuns: 1_000 },
    );
  });
});
