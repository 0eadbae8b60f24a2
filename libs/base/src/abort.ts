// SPDX-License-Identifier: Apache-2.0
import { abortReason, type Clock } from './clock.ts';
import { FairleadError } from './error.ts';

/** True for what a wait rejects with when its signal aborts: not a failure, only an end. */
export function isAbort(thrown: unknown): boolean {
  if (thrown instanceof FairleadError) return thrown.code === 'cancelled';
  return thrown instanceof Error && thrown.name === 'AbortError';
}

/** Settles as `promise` does, or rejects with the signal's reason as soon as it aborts. The promise itself goes on. */
export function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(abortReason(signal));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}

/** Runs `work` with a signal that also aborts after `ms`; the thrown error's code is then `timed-out`. */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  const over = new FairleadError({ code: 'timed-out', message: `not done after ${String(ms)} ms` });
  const timer = clock.sleep(ms, AbortSignal.any([signal, inner.signal])).then(
    () => {
      inner.abort(over);
    },
    () => undefined,
  );
  try {
    return await raceAbort(
      work(AbortSignal.any([signal, inner.signal])),
      AbortSignal.any([signal, inner.signal]),
    );
  } finally {
    inner.abort(new FairleadError({ code: 'cancelled', message: 'done' }));
    await timer;
  }
}
