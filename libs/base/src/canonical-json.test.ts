// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, canonicalJson } from './canonical-json.ts';

describe('when a value has a canonical form', () => {
  it('orders keys by UTF-16 code units and leaves out blanks', () => {
    expect(canonicalJson({ b: [1, true, null], a: 'é', '\u20ac': 1, '\r': 2 })).toBe(
      '{"\\r":2,"a":"é","b":[1,true,null],"\u20ac":1}',
    );
  });

  it('is the same for every order of keys and reads back as the same value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (value) => {
        const shuffled = Object.fromEntries(Object.entries(value).reverse());
        fc.pre(isExact(value));
        const bytes = canonicalBytes(value);
        expect(canonicalBytes(shuffled)).toEqual(bytes);
        expect(canonicalBytes(JSON.parse(Buffer.from(bytes).toString('utf8')))).toEqual(bytes);
      }),
    );
  });
});

describe('when a value has none', () => {
  it.each([[2 ** 53], [Number.NaN], ['\ud800'], [{ '\udc00': 1 }], [undefined], [{ a: Symbol('x') }]])(
    'refuses case %#',
    (value) => {
      expect(() => canonicalJson(value)).toThrow();
    },
  );
});

function isExact(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value === 'string') return value.isWellFormed();
  if (value === null || typeof value !== 'object') return true;
  return Object.entries(value).every(([key, item]) => isExact(key) && isExact(item));
}
