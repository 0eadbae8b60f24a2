// SPDX-License-Identifier: Apache-2.0
import { createFakeClock } from '@fairlead/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRefresher } from './refresher.ts';

const hour = 3_600_000;

function start() {
  const clock = createFakeClock();
  const done: number[] = [];
  let draw = 0;
  const refresher = createRefresher<number>({
    clock,
    random: () => (draw++ % 100) / 100,
    refresh: (item) => {
      done.push(item);
    },
  });
  const stop = new AbortController();
  const running = refresher.run(stop.signal).catch(() => undefined);
  onTestFinished(async () => {
    stop.abort();
    await running;
  });
  return { clock, done, refresher };
}

describe('when a fleet is to be refreshed', () => {
  it('spreads it over half of the time that is left', async () => {
    const { clock, done, refresher } = start();
    for (let item = 0; item < 100; item += 1) refresher.add(item, clock.now() + 2 * hour);
    await clock.advance(hour / 4);
    expect(done.length).toBeGreaterThan(20);
    expect(done.length).toBeLessThan(30);
    await clock.advance(hour);
    expect([...done].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, item) => item));
    expect(refresher.waiting()).toBe(0);
  });

  it('does not write to all at once even when it is late', async () => {
    const { clock, done, refresher } = start();
    for (let item = 0; item < 100; item += 1) refresher.add(item, clock.now() - hour);
    await clock.advance(1_000);
    expect(done.length).toBeLessThan(20);
    await clock.advance(10_000);
    expect(done.length).toBe(100);
  });

  it('keeps the place of one that is added again, and forgets one that is removed', async () => {
    const { clock, done, refresher } = start();
    refresher.add(1, clock.now() + hour);
    refresher.add(2, clock.now() + hour);
    refresher.add(1, clock.now() + 100 * hour);
    refresher.remove(2);
    await clock.advance(hour);
    expect(done).toEqual([1]);
  });
});
