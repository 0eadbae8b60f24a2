// SPDX-License-Identifier: Apache-2.0
import { createClock, type Clock } from '@fairlead/base';

export interface FakeClock extends Clock {
  /** Moves both clocks on and runs what falls due, in order, letting promises settle in between. */
  advance(ms: number): Promise<void>;
  /** Moves only the system's clock, as an administrator or NTP would. */
  jump(ms: number): void;
  /** How many waits are under way. */
  waiting(): number;
}

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is moved. `start` is in milliseconds since 1970. */
export function createFakeClock(start = Date.UTC(2026, 0, 1)): FakeClock {
  let elapsed = 0;
  let offset = start;
  const timers = new Set<Timer>();
  const clock = createClock({
    now: () => offset + elapsed,
    monotonic: () => elapsed,
    schedule: (callback, ms) => {
      const timer = { at: elapsed + ms, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    ...clock,
    async advance(ms) {
      const end = elapsed + ms;
      await settle();
      for (;;) {
        const next = [...timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers.delete(next);
        elapsed = Math.max(elapsed, next.at);
        next.callback();
        await settle();
      }
      elapsed = end;
      await settle();
    },
    jump(ms) {
      offset += ms;
    },
    waiting: () => timers.size,
  };
}
