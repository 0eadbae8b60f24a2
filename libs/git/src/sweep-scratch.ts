// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import type { Disk } from './disk.ts';
import { removeIfThere } from './durable-file.ts';
import { namesIn, statsOf, textOf } from './optional-file.ts';
import { isDead, parseOwner } from './owner.ts';

/** Nobody takes this long for a draft. In milliseconds. */
const abandonedAfter = 3_600_000;

/** Removes what writers that died before they had a lock left in the scratch folder. What belongs to a lock goes with the lock. */
export async function sweepScratch(disk: Disk, scratch: string, now: number): Promise<void> {
  for (const name of await namesIn(scratch)) {
    const isPack = /^incoming-[0-9a-f]{18}\.(?:pack|idx)$/.test(name);
    if (!isPack && !/^(?:draft|new)-[0-9a-f]{24}$/.test(name)) continue;
    const path = join(scratch, name);
    const owner = isPack ? undefined : parseOwner((await textOf(path)) ?? '');
    const age = now - ((await statsOf(path))?.mtimeMs ?? now);
    if (owner === undefined ? age > abandonedAfter : await isDead(owner)) await removeIfThere(disk, path);
  }
}
