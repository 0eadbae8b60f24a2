// SPDX-License-Identifier: Apache-2.0
import { isAbort, type Clock } from '@fairlead/base';

/** Lets a loop sleep until something happens. A call while nobody sleeps ends the next sleep at once, so none is lost. */
export interface Wake {
  call(): void;
  /** Resolves at the next call, or after `ms` (null: never by itself). Rejects when the signal aborts. */
  sleep(ms: number | null, signal: AbortSignal): Promise<void>;
}

export function createWake(clock: Clock): Wake {
  let called = new AbortController();
  return {
    call: () => called.abort(),
    async sleep(ms, signal) {
      const call = called;
      try {
        await clock.sleep(ms ?? Number.MAX_SAFE_INTEGER, AbortSignal.any([signal, call.signal]));
      } catch (thrown) {
        if (signal.aborted || !isAbort(thrown)) throw thrown;
      } finally {
        if (call.signal.aborted) called = new AbortController();
      }
    },
  };
}
