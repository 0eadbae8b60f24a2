// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@fairlead/base';

/** Spreads over time what is not urgent for any single device. */
export interface Refresher<T> {
  /** `before`: the latest time for this one, in milliseconds since 1970. One that already waits keeps its place. */
  add(item: T, before: number): void;
  remove(item: T): void;
  waiting(): number;
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface RefresherPorts<T> {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  refresh(item: T): void;
}

const tickMs = 1_000;
/** At least this long for all that wait, however late it is: a fleet is never written to in one go. */
const shortestSpreadMs = 10_000;

/**
 * Each item gets a random moment between now and half of the time that is left to it, so that the work is even, and the other half is
 * there for those that are offline or slow.
 */
export function createRefresher<T>(ports: RefresherPorts<T>): Refresher<T> {
  const { clock } = ports;
  const due = new Map<T, number>();
  return {
    add(item, before) {
      if (due.has(item)) return;
      const spread = Math.max(shortestSpreadMs, (before - clock.now()) / 2);
      due.set(item, clock.monotonic() + ports.random() * spread);
    },
    remove(item) {
      due.delete(item);
    },
    waiting: () => due.size,
    async run(signal) {
      for (;;) {
        await clock.sleep(tickMs, signal);
        const now = clock.monotonic();
        for (const [item, at] of due) {
          if (at > now) continue;
          due.delete(item);
          ports.refresh(item);
        }
      }
    },
  };
}
