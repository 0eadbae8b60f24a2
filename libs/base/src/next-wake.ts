// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from './error.ts';

/** Resolves when somebody calls what it put into `waiting`. */
export function nextWake(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      waiting.delete(wake);
      signal.removeEventListener('abort', onAbort);
    };
    const wake = (): void => {
      leave();
      resolve();
    };
    const onAbort = (): void => {
      leave();
      reject(FairleadError.from(signal.reason, 'cancelled'));
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    waiting.add(wake);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
