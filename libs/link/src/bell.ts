// SPDX-License-Identifier: Apache-2.0
import { raceAbort } from '@fairlead/base';

/** Wakes one who waits; a ring that nobody waits for is remembered, however many there were, as one. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, or at once if it rang since the last wait. */
  wait(signal: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(signal) {
      if (!rung)
        await raceAbort(
          new Promise<void>((resolve) => {
            wake = resolve;
          }),
          signal,
        );
      rung = false;
      wake = undefined;
    },
  };
}
