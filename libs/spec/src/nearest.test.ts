// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from './nearest.ts';

describe('when a word is compared with known ones', () => {
  it.each([
    ['disabld', 'disabled'],
    ['runing-config', 'running-config'],
    ['cofnig', 'config'],
    ['ENV', 'env'],
    ['somethingelse', undefined],
    ['x', undefined],
  ])('takes %s for %s', (word, meant) => {
    expect(nearest(word, ['disabled', 'running-config', 'config', 'env', 'job'])).toBe(meant);
  });

  it('counts insertions, deletions, replacements and swaps as one each', () => {
    expect([
      editDistance('ab', 'ba'),
      editDistance('abc', 'abcd'),
      editDistance('abc', 'axc'),
      editDistance('', 'abc'),
    ]).toEqual([1, 1, 1, 3]);
  });

  it('measures alike from both sides, and nothing only between equals', () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });
});
