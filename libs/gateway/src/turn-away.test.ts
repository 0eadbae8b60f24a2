// SPDX-License-Identifier: Apache-2.0
import { createFakeClock } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { createTurnAway } from './turn-away.ts';

describe('when a device is not listed', () => {
  it('is asked to come back in about a minute, each at another moment', () => {
    for (const [random, pause] of [
      [0, 45_000],
      [0.5, 60_000],
      [1, 75_000],
    ] as const) {
      const turnAway = createTurnAway(createFakeClock(0), () => random);
      expect(turnAway.next('a')).toBe(pause);
      expect(turnAway.next('a')).toBe(pause);
    }
  });

  it('is asked to wait for longer where many are not, so that together they are ten a second', async () => {
    const clock = createFakeClock(0);
    const turnAway = createTurnAway(clock, () => 0.5);
    for (let n = 0; n < 2_000; n += 1) turnAway.next(String(n));
    expect(turnAway.next('0')).toBe(200_000);
    for (let n = 0; n < 20_000; n += 1) turnAway.next(String(n));
    expect(turnAway.next('0')).toBe(600_000);
    await clock.advance(600_000);
    expect(turnAway.next('0')).toBe(60_000);
  });
});
