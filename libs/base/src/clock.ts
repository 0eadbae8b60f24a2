// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from './error.ts';

/** Time as a port: libraries take it, programs make it from the runtime's, tests move it by hand. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC by the system's clock, which may jump. */
  now(): number;
  /** Milliseconds since an arbitrary start; never goes back. For intervals. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface ClockPrimitives {
  readonly now: () => number;
  readonly monotonic: () => number;
  /** Calls back once after `ms` and returns the way to cancel that. */
  readonly schedule: (callback: () => void, ms: number) => () => void;
}

/** Longest delay that a 32-bit timer takes, in milliseconds (24.8 days). */
const longestTimer = 2 ** 31 - 1;

export function createClock(primitives: ClockPrimitives): Clock {
  const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(abortReason(signal));
        return;
      }
      let left = Math.max(0, ms);
      const onAbort = (): void => {
        cancel();
        reject(abortReason(signal));
      };
      const step = (): void => {
        if (left <= 0) {
          signal.removeEventListener('abort', onAbort);
          resolve();
          return;
        }
        const part = Math.min(left, longestTimer);
        left -= part;
        cancel = primitives.schedule(step, part);
      };
      let cancel = (): void => undefined;
      signal.addEventListener('abort', onAbort, { once: true });
      const first = Math.min(left, longestTimer);
      left -= first;
      cancel = primitives.schedule(step, first);
    });
  return { now: primitives.now, monotonic: primitives.monotonic, sleep };
}

/** The signal's reason as an error: what a wait rejects with when it is called off. */
export function abortReason(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error
    ? reason
    : new FairleadError({ code: 'cancelled', message: 'called off', cause: reason });
}
