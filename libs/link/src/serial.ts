// SPDX-License-Identifier: Apache-2.0

/** Runs what it is given one after the other, in order; a failure reaches its caller and does not stop the rest. */
export function createSerial(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work, work);
    last = result.catch(() => undefined);
    return result;
  };
}
