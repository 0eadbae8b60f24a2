// SPDX-License-Identifier: Apache-2.0
import { FairleadError, isAbort } from '@fairlead/base';
import type { DriftReport } from './engine-state.ts';
import type { Exclusive } from './exclusive.ts';
import { stateOf, type Workplace } from './workplace.ts';

/** The last look for drift. */
export interface DriftWatch {
  /** Looks again and again until the signal aborts; never while units are being changed. */
  run(signal: AbortSignal): Promise<void>;
  found(): readonly DriftReport[];
}

export function createDriftWatch(workplace: Workplace, exclusive: Exclusive, onLook: () => Promise<void>): DriftWatch {
  const { journal, drivers, clock, logger, settings, boot } = workplace;
  let found: readonly DriftReport[] = [];

  const look = async (signal: AbortSignal): Promise<void> => {
    const { committed, transaction, boot: broughtUp } = journal.book();
    const isSettled = transaction.kind === 'none' || transaction.kind === 'staging';
    if (!isSettled || committed === null || broughtUp !== boot) return;
    found = await drivers.heal(await stateOf(workplace, committed), signal);
    for (const drift of found) logger.warn('drift', { ...drift });
    await onLook();
  };

  return {
    found: () => found,
    async run(signal) {
      while (!signal.aborted) {
        try {
          await clock.sleep(settings.healEveryMs, signal);
          await exclusive(() => look(signal));
        } catch (thrown) {
          if (!isAbort(thrown)) logger.warn('looking for drift failed', { error: FairleadError.from(thrown).message });
        }
      }
    },
  };
}
