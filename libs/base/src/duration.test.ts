// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

describe('when a duration is written', () => {
  it('reads back to the same number of milliseconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toEqual({ ok: true, value: milliseconds });
      }),
    );
  });
});

describe('when a duration is read', () => {
  it.each([
    ['1h 2m 3s', 3_723_000],
    ['90d', 7_776_000_000],
    ['5m', 300_000],
    ['250ms', 250],
    ['1h2m', 3_720_000],
  ])('takes %s', (text, milliseconds) => {
    expect(parseDuration(text)).toEqual({ ok: true, value: milliseconds });
  });

  it.each([[''], ['5'], ['-1s'], ['1s 1h'], ['1.5h'], ['999999999999d']])('refuses %j', (text) => {
    expect(parseDuration(text).ok).toBe(false);
  });
});
