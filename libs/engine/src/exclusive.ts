// SPDX-License-Identifier: Apache-2.0

/** Runs one piece of work at a time, in the order of the calls: healing and applying never meet on a unit. */
export type Exclusive = <T>(work: () => Promise<T>) => Promise<T>;

export function createExclusive(): Exclusive {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
