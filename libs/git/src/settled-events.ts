// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@fairlead/base';

/** How long after the last event it is looked at again: chokidar drops events within 50 ms of another one. In milliseconds. */
const settleMs = 100;

export interface SettledEvents {
  happened(): void;
  /** Resolves at once after an event, again `settleMs` after the last of them, and after `pollMs` without any. */
  next(pollMs: number): Promise<void>;
}

export function createSettledEvents(clock: Clock, signal: AbortSignal): SettledEvents {
  let lastEvent = 0;
  let toSettle = false;
  let fresh = false;
  let wake: (() => void) | undefined;
  return {
    happened() {
      lastEvent = clock.monotonic();
      fresh = true;
      wake?.();
    },
    async next(pollMs) {
      if (!fresh) {
        const woken = new AbortController();
        wake = () => {
          woken.abort();
        };
        const wait = toSettle ? Math.max(0, lastEvent + settleMs - clock.monotonic()) : pollMs;
        try {
          await clock.sleep(wait, AbortSignal.any([signal, woken.signal]));
        } catch (thrown) {
          if (signal.aborted) throw thrown;
        }
        wake = undefined;
      }
      toSettle = fresh;
      fresh = false;
    },
  };
}
