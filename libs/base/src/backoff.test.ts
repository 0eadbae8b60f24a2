// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fullJitter } from './backoff.ts';

describe('when attempts fail again and again', () => {
  it('waits at most the doubled base and never longer than the cap', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 10_000 }),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        (attempt, fraction) => {
          const wait = fullJitter(attempt, { baseMs: 1000, capMs: 300_000, random: () => fraction });
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThanOrEqual(Math.min(300_000, 1000 * 2 ** Math.min(attempt, 52)));
        },
      ),
    );
  });
});
