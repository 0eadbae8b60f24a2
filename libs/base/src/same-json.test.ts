// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { isSameJson } from './same-json.ts';

/** Few values, so that two are often the same. */
const small = fc.letrec((tie) => ({
  value: fc.oneof(
    fc.constantFrom(null, true, 0, -0, 1, '', 'a', '0'),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b', '0', '__proto__', 'constructor'), tie('value'), { maxKeys: 2 }),
  ),
})).value;

describe('when two JSON values are compared', () => {
  it('they are the same exactly when their canonical forms are', () => {
    fc.assert(
      fc.property(small, small, (one, other) => {
        expect(isSameJson(one, other)).toBe(canonicalJson(one) === canonicalJson(other));
      }),
      { numRuns: 1_000 },
    );
  });

  it('a copy is the same, with its keys in another order too', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        expect(isSameJson(value, Object.fromEntries(Object.entries(value).reverse()))).toBe(true);
      }),
    );
  });

  it('no value is the same as no value, and as nothing else', () => {
    expect([undefined, null, {}].map((other) => isSameJson(undefined, other))).toEqual([true, false, false]);
  });
});
