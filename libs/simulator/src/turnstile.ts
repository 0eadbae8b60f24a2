// SPDX-License-Identifier: Apache-2.0

/** Lets so many through at once; the rest wait in the order of their coming. */
export interface Turnstile {
  /** Resolves to what is to be called at the end, once. Rejects when the signal aborts. */
  enter(signal: AbortSignal): Promise<() => void>;
}

export function createTurnstile(places: number): Turnstile {
  let free = places;
  const waiting = new Set<() => void>();
  const leave = (): (() => void) => {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const [next] = waiting;
      if (next === undefined) free += 1;
      else {
        waiting.delete(next);
        next();
      }
    };
  };
  return {
    enter: (signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        if (free > 0) {
          free -= 1;
          resolve(leave());
          return;
        }
        const go = (): void => {
          signal.removeEventListener('abort', onAbort);
          resolve(leave());
        };
        const onAbort = (): void => {
          waiting.delete(go);
          reject(new DOMException('called off', 'AbortError'));
        };
        waiting.add(go);
        signal.addEventListener('abort', onAbort, { once: true });
      }),
  };
}
