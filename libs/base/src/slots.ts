// SPDX-License-Identifier: Apache-2.0
import { raceAbort } from './abort.ts';

/** Runs so many pieces of work at a time, the others in the order of the calls. Rejects without having begun if `signal` aborts first. */
export type Slots = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>;

export function createSlots(count: number): Slots {
  let free = count;
  const waiting = new Set<() => void>();
  return async (work, signal) => {
    signal.throwIfAborted();
    while (free === 0) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const wake = (): void => resolve(undefined);
      waiting.add(wake);
      try {
        await raceAbort(promise, signal);
      } finally {
        waiting.delete(wake);
      }
    }
    free -= 1;
    try {
      return await work();
    } finally {
      free += 1;
      // All of them: the first may have been called off just now.
      for (const wakeOne of waiting) wakeOne();
    }
  };
}
