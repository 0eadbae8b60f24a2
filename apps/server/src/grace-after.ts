// SPDX-License-Identifier: Apache-2.0

/** Aborts so long after `signal` does, in milliseconds; keeps no process alive. */
export function graceAfter(signal: AbortSignal, ms: number): AbortSignal {
  const over = new AbortController();
  const begin = (): void => {
    setTimeout(() => {
      over.abort();
    }, ms).unref();
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return over.signal;
}
