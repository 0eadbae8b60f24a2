// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalFault } from './journal-file.ts';

/** Before an fsync what was written may be lost; if it is not, that is the same as right after. */
export const moments = ['before', 'after'] as const;
type Moment = (typeof moments)[number];

export interface Crash {
  readonly sync: number;
  readonly moment: Moment;
}

/** A journal that stands still from a chosen fsync on, as if the process were no more. */
export interface Freezer {
  readonly fault: JournalFault;
  isFrozen(): boolean;
  /** Lets what hangs on the journal fail, so that the test can clear away. Call when nothing can act on it any more. */
  thaw(): void;
}

export async function freezeAt({ sync, moment }: Crash, dir: string): Promise<Freezer> {
  let isFrozen = false;
  const thawed = Promise.withResolvers<never>();
  thawed.promise.catch(() => undefined);
  const journal = join(dir, 'journal.jsonl');
  const synced = `${journal}.synced`;
  await copyFile(journal, synced).catch(() => rm(synced, { force: true }));
  const freeze = (): Promise<never> => {
    isFrozen = true;
    return thawed.promise;
  };
  return {
    isFrozen: () => isFrozen,
    thaw: () => thawed.reject(new FairleadError({ code: 'cancelled', message: 'the process is no more' })),
    fault: {
      async beforeSync(n) {
        if (n !== sync || moment === 'after') return;
        await copyFile(synced, journal).catch(() => rm(journal, { force: true }));
        await freeze();
      },
      async afterSync(n) {
        await copyFile(journal, synced);
        if (n === sync && moment === 'after') await freeze();
      },
    },
  };
}
