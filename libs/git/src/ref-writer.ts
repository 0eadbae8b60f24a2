// SPDX-License-Identifier: Apache-2.0
import { errnoOf, err, ok, type Clock, type Result } from '@fairlead/base';
import { dirname, join } from 'node:path';
import type { Disk } from './disk.ts';
import { writeNewFile } from './durable-file.ts';
import { takeLock, type HeldLock } from './owned-lock.ts';
import { isDiskError, problem, unwritable, type RepositoryProblem } from './problem.ts';
import { readRef } from './ref-reader.ts';
import { sweepScratch } from './sweep-scratch.ts';

/** Why a reference was not moved. `lost`: it is no longer what was expected; read again and retry. `held`: its lock stays taken. */
export type RefRefusal =
  | { readonly kind: 'lost'; readonly actual: string | null; readonly problem: RepositoryProblem }
  | { readonly kind: 'held'; readonly problem: RepositoryProblem }
  | { readonly kind: 'unwritable'; readonly problem: RepositoryProblem };

export interface RefUpdate {
  readonly ref: string;
  /** What it must mean now; null: it must not exist. */
  readonly expected: string | null;
  readonly oid: string;
}

export interface RefWriterOptions {
  readonly commonDir: string;
  readonly scratch: string;
  readonly disk: Disk;
  readonly clock: Clock;
  /** How long a lock that somebody else holds is waited for, in milliseconds. Default 5000. */
  readonly lockWaitMs?: number;
}

export type UpdateRef = (update: RefUpdate, signal: AbortSignal) => Promise<Result<void, RefRefusal>>;

/** Moves references by compare-and-swap, under the lock file that native Git honours too. */
export function createRefWriter({
  commonDir,
  scratch,
  disk,
  clock,
  lockWaitMs = 5000,
}: RefWriterOptions): UpdateRef {
  let swept = false;
  return async (update, signal) => {
    const path = join(commonDir, update.ref);
    try {
      if (!swept) await sweepScratch(disk, scratch, clock.now());
      swept = true;
      const lock = await waitForLock(`${path}.lock`, signal);
      if (lock === undefined) {
        return err({ kind: 'held', problem: problem('ref-contended', `${update.ref}.lock stays in place`) });
      }
      try {
        return await swap(update, path, lock.draft);
      } finally {
        await lock.release();
      }
    } catch (thrown) {
      if (!isDiskError(thrown)) throw thrown;
      return err({ kind: 'unwritable', problem: unwritable(update.ref, thrown) });
    }
  };

  async function swap(
    { ref, expected, oid }: RefUpdate,
    path: string,
    draft: string,
  ): Promise<Result<void, RefRefusal>> {
    const actual = await readRef(commonDir, ref);
    if (!actual.ok) return err({ kind: 'unwritable', problem: actual.error });
    if (actual.value !== expected) {
      return err({
        kind: 'lost',
        actual: actual.value,
        problem: problem('ref-contended', `${ref} was moved by another writer`),
      });
    }
    await writeNewFile(disk, draft, Buffer.from(`${oid}\n`, 'utf8'));
    await disk.rename(draft, path);
    await disk.syncFolder(dirname(path));
    return ok();
  }

  async function waitForLock(path: string, signal: AbortSignal): Promise<HeldLock | undefined> {
    const end = clock.monotonic() + lockWaitMs;
    for (let pause = 5; ; pause = Math.min(100, pause * 2)) {
      const lock = await takeUnlessVanished(path);
      if (lock !== undefined || clock.monotonic() >= end) return lock;
      await clock.sleep(pause, signal);
    }
  }

  /** Native Git removes folders that became empty, also between our making one and using it. */
  async function takeUnlessVanished(path: string): Promise<HeldLock | undefined> {
    try {
      return await takeLock(disk, path, scratch);
    } catch (thrown) {
      if (errnoOf(thrown) === 'ENOENT') return undefined;
      throw thrown;
    }
  }
}
