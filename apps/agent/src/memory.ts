// SPDX-License-Identifier: Apache-2.0
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock } from '@fairlead/base';

/** When the garbage of something large is collected, in milliseconds after it: what belongs to it has ended by then. */
const settleMs = 5_000;

/** Keeps the agent small between the few moments at which it has much to do. */
export interface MemorySaver {
  /** Something large ended. */
  settle(): void;
}

/**
 * An agent waits; what it computes at length (digests, signatures, TLS) is native code. So V8's optimising compilers cost it more
 * memory than they save time (12 MiB measured of 76), and garbage would lie for hours, since nothing allocates enough to have it
 * collected (8 MiB after a start with 20 jobs).
 */
export function createMemorySaver(clock: Clock, signal: AbortSignal): MemorySaver {
  for (const flag of ['--no-opt', '--no-maglev', '--expose-gc']) setFlagsFromString(flag);
  let settling = false;
  const collectLater = async (): Promise<void> => {
    await clock.sleep(settleMs, signal);
    settling = false;
    // The flag came after this context, which does not know `gc`; a new one does.
    runInNewContext('gc()');
  };
  return {
    settle() {
      if (settling) return;
      settling = true;
      collectLater().catch(() => undefined);
    },
  };
}
