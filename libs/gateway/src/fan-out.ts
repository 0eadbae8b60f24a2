// SPDX-License-Identifier: Apache-2.0
import { setImmediate } from 'node:timers/promises';

/** Streams that are written to before everything else gets its turn: one loop over 10,000 would stop the rest for a tenth of a second. */
const slice = 200;

/**
 * Visits each item, a slice at a time. A newer round takes the place of one that still runs: what an item is sent is decided when it
 * is visited, so that nothing is missed.
 */
export function createFanOut<T>(items: () => Iterable<T>, visit: (item: T) => void): () => Promise<void> {
  let round = 0;
  return async () => {
    round += 1;
    const mine = round;
    let visited = 0;
    for (const item of [...items()]) {
      visit(item);
      visited += 1;
      if (visited % slice !== 0) continue;
      await setImmediate();
      if (mine !== round) return;
    }
  };
}
