// SPDX-License-Identifier: Apache-2.0
import { randomInt } from 'node:crypto';

/** True: a long run, in which every point is taken. */
export const isLong = process.env['FAIRLEAD_LONG'] === '1';

const seed = Number(process.env['FAIRLEAD_SEED'] ?? randomInt(2 ** 31));

/** For the message of a failure: what was printed at the start may be gone by then. */
export const seedNote = `FAIRLEAD_SEED=${String(seed)}`;

/** Numbers in [0, 1) that follow from FAIRLEAD_SEED, or from a new seed; it is printed, so that a run can be repeated. */
export function seededRandom(what: string): () => number {
  process.stderr.write(`${what}: ${seedNote}\n`);
  return randomFrom(seed);
}

/** Numbers in [0, 1) that follow from a whole number. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  // A Weyl sequence, mixed: enough to spread points.
  return () => {
    state = (state + 0x9e3779b9) | 0;
    const mixed = Math.imul(state ^ (state >>> 16), 0x45d9f3b);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
