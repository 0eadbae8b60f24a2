// SPDX-License-Identifier: Apache-2.0
import { ok, type Clock, type Logger, type Result } from '@fairlead/base';
import type { Meter } from '@fairlead/api';
import { createCommitCompiler, type CommitCompiler } from '@fairlead/commits';
import type { Repository } from '@fairlead/git';
import { openFleetLog, type FleetLog } from '@fairlead/log';
import type { Bench } from './bench.ts';
import { meteredCompiler, meteredLog } from './metering.ts';
import type { ServerProblem } from './problems.ts';
import { logRepositories, type LogPlace } from './log-place.ts';
import { createReleaseDesk } from './release-desk.ts';
import { createRevisionDesk } from './revision-desk.ts';
import { createRootBook } from './root-book.ts';
import { seedGeneration } from './seed-generation.ts';
import type { ServerKeys } from './server-keys.ts';

export interface BenchOptions {
  readonly keys: ServerKeys;
  readonly branch: string;
  /** Undefined: the log goes into the watched repository. */
  readonly logPlace?: LogPlace | undefined;
  /** Names this server in the log. */
  readonly replica: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Counts and times what is done; absent: nobody does. */
  readonly meter?: Meter | undefined;
  /** Shown the receipts that stand in the log when a repository is opened, oldest first. */
  readonly onStoredReceipt: (envelope: Uint8Array) => void;
  /** Told of a bench when its log was read. */
  readonly onOpened: (bench: Bench) => void;
}

/** One bench per repository: when another folder is put in the place of the watched one, its log counts, not the one before. */
export interface Benches {
  benchFor(repository: Repository): Promise<Result<Bench, ServerProblem>>;
  /** The one in use; undefined: no repository has been read yet. */
  current(): Bench | undefined;
  /** Writes what waits for the log, and ends. */
  close(): Promise<void>;
}

interface OpenBench {
  readonly bench: Bench;
  readonly receipts: Repository;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

export function createBenches(options: BenchOptions): Benches {
  const { keys, branch, replica, clock, logger } = options;
  let current: OpenBench | undefined;

  function metered(log: FleetLog, compiler: CommitCompiler): Pick<Bench, 'log' | 'compiler'> {
    const { meter } = options;
    if (meter === undefined) return { log, compiler };
    return { log: meteredLog(log, meter, clock), compiler: meteredCompiler(compiler, meter, clock) };
  }

  async function close(): Promise<void> {
    const open = current;
    current = undefined;
    open?.stop.abort();
    await open?.ended;
  }

  return {
    current: () => current?.bench,
    close,
    async benchFor(repository) {
      if (current?.bench.repository.identity === repository.identity && !(await isGone(current.receipts)))
        return ok(current.bench);
      await close();
      const places = await logRepositories(options.logPlace, repository, branch);
      if (!places.ok) return places;
      const roots = createRootBook({ firstRoot: keys.firstRoot, repository, branch });
      await roots.look();
      const opening = openFleetLog({
        ...places.value,
        branch,
        signer: keys.logSigner,
        trusted: () => roots.snapshotKeys(),
        replica,
        clock,
        logger,
      });
      const opened = await opening.open(options.onStoredReceipt);
      if (!opened.ok) return opened;
      await seedGeneration(repository, opening.state());
      const { log, compiler } = metered(opening, createCommitCompiler(repository, branch));
      const bench: Bench = {
        repository,
        log,
        head: () => repository.readRef(`refs/heads/${branch}`),
        compiler,
        desk: createRevisionDesk({ keys, roots, releases: createReleaseDesk(repository, clock), log, clock }),
        roots,
      };
      const stop = new AbortController();
      current = {
        bench,
        receipts: places.value.receipts ?? places.value.repository,
        stop,
        ended: log.run(stop.signal),
      };
      options.onOpened(bench);
      return ok(bench);
    },
  };
}

/** Whether the folder is no longer the repository that was opened: a mirror may be deleted with the rest of the data folder. */
async function isGone(repository: Repository): Promise<boolean> {
  const refreshed = await repository.refresh(new AbortController().signal);
  return !refreshed.ok && refreshed.error.code === 'repository-missing';
}
