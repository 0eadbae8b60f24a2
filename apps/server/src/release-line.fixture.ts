// SPDX-License-Identifier: Apache-2.0
import { silentLogger } from '@fairlead/base';
import { openRepository, type Repository } from '@fairlead/git';
import { createFakeClock, systemClock, type FakeClock } from '@fairlead/testing';
import { onTestFinished } from 'vitest';
import { createBenches, type Benches } from './benches.ts';
import { createRelease, type Release } from './release.ts';
import type { RecordedRevision } from './revision-desk.ts';
import { readServerKeys, type ServerKeys } from './server-keys.ts';
import type { Fleet } from './server.fixture.ts';

export const signal: AbortSignal = new AbortController().signal;
export interface Line {
  readonly fleet: Fleet;
  readonly keys: ServerKeys;
  readonly repository: Repository;
  readonly benches: Benches;
  readonly release: Release;
  readonly clock: FakeClock;
  readonly published: RecordedRevision[];
}

/** All of a server between a head and what is offered, by a clock of its own. */
export async function newLine(fleet: Fleet, clock = createFakeClock(systemClock.now())): Promise<Line> {
  const keys = await readServerKeys(fleet.keys);
  const opened = await openRepository(fleet.dir, { clock: systemClock, lockWaitMs: 0 });
  if (!opened.ok) throw new Error(opened.error.message);
  const published: RecordedRevision[] = [];
  const nothing = (): void => undefined;
  const options = { keys, branch: 'main', replica: 'a', clock, logger: silentLogger };
  const benches = createBenches({ ...options, onStoredReceipt: nothing, onOpened: nothing });
  onTestFinished(() => benches.close());
  const release = createRelease({
    clock,
    logger: silentLogger,
    fleet: keys.fleet,
    benchFor: (repository) => benches.benchFor(repository),
    publish: async (revision) => {
      published.push(revision);
    },
    withhold: nothing,
    noted: nothing,
  });
  return { fleet, keys, repository: opened.value, benches, release, clock, published };
}
