// SPDX-License-Identifier: Apache-2.0
import { err, isAbort, ok, type Clock, type Logger, type Result } from '@fairlead/base';
import { watch, type FSWatcher } from 'chokidar';
import { join } from 'node:path';
import { problem, type RepositoryProblem } from './problem.ts';
import { examine, repositoryIn, type Repository } from './repository.ts';

/** What the watched branch is now. The repository is another object only when another folder was put in its place. */
export type HeadReport =
  | { readonly kind: 'head'; readonly commit: string; readonly repository: Repository }
  | { readonly kind: 'problem'; readonly problem: RepositoryProblem };

export interface HeadWatcherOptions {
  readonly path: string;
  /** Without `refs/heads/`. */
  readonly branch: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** File events are missed on network file systems, within 50 ms of another one, and when the folder is replaced. Default 2000. */
  readonly pollMs?: number;
}

export interface HeadWatcher {
  /** Reports the branch now and whenever it changes, until the signal aborts. A problem is a state: it is looked at again and again. */
  start(signal: AbortSignal, onReport: (report: HeadReport) => void): Promise<void>;
  /** Reports again at the next look, changed or not: for a reader that could not read the head. */
  forget(): void;
}

/** How long after the last event it is looked at again: chokidar drops events within 50 ms of another one. In milliseconds. */
const settleMs = 100;

export function createHeadWatcher({
  path,
  branch,
  clock,
  logger,
  pollMs = 2000,
}: HeadWatcherOptions): HeadWatcher {
  let reported = '';
  return {
    forget() {
      reported = '';
    },
    async start(signal, onReport) {
      const events = createSettledEvents(clock, signal);
      const files = createFileEvents(() => {
        events.happened();
      }, logger);
      let repository: Repository | undefined;

      const look = async (): Promise<Result<HeadReport & { kind: 'head' }, RepositoryProblem>> => {
        const folder = await examine(path);
        if (!folder.ok) return folder;
        if (repository?.identity !== folder.value.identity) {
          repository = repositoryIn(folder.value, { clock });
          await files.watch(repository.commonDir);
        }
        const commit = await headOf(repository, branch);
        return commit.ok ? ok({ kind: 'head', commit: commit.value, repository }) : commit;
      };

      try {
        while (!signal.aborted) {
          const found = await look();
          const report: HeadReport = found.ok ? found.value : { kind: 'problem', problem: found.error };
          const mark = found.ok
            ? `${found.value.repository.identity} ${found.value.commit}`
            : `${found.error.code} ${found.error.message}`;
          if (mark !== reported) {
            reported = mark;
            onReport(report);
          }
          await events.next(pollMs);
        }
      } catch (thrown) {
        if (!signal.aborted || !isAbort(thrown)) throw thrown;
      } finally {
        await files.close();
      }
    },
  };
}

async function headOf(repository: Repository, branch: string): Promise<Result<string, RepositoryProblem>> {
  const ref = `refs/heads/${branch}`;
  const head = await repository.readRef(ref);
  if (!head.ok) return head;
  if (head.value !== null) {
    // A name without its object is not a head yet: it is pushed or repaired still.
    const commit = await repository.objects.commit(head.value);
    return commit.ok ? ok(head.value) : commit;
  }
  const any = await repository.listRefs('refs/heads/');
  if (!any.ok) return any;
  return err(
    any.value.size === 0
      ? problem('repository-empty', 'there is no commit yet')
      : problem('branch-missing', `there is no branch ${branch}`),
  );
}

interface SettledEvents {
  happened(): void;
  /** Resolves at once after an event, again `settleMs` after the last of them, and after `pollMs` without any. */
  next(pollMs: number): Promise<void>;
}

function createSettledEvents(clock: Clock, signal: AbortSignal): SettledEvents {
  let lastEvent = 0;
  let toSettle = false;
  let fresh = false;
  let wake: (() => void) | undefined;
  return {
    happened() {
      lastEvent = clock.monotonic();
      fresh = true;
      wake?.();
    },
    async next(pollMs) {
      if (!fresh) {
        const woken = new AbortController();
        wake = () => {
          woken.abort();
        };
        const wait = toSettle ? Math.max(0, lastEvent + settleMs - clock.monotonic()) : pollMs;
        try {
          await clock.sleep(wait, AbortSignal.any([signal, woken.signal]));
        } catch (thrown) {
          if (signal.aborted) throw thrown;
        }
        wake = undefined;
      }
      toSettle = fresh;
      fresh = false;
    },
  };
}

/** File events of one repository at a time. */
function createFileEvents(
  happened: () => void,
  logger: Logger,
): { watch(commonDir: string): Promise<void>; close(): Promise<void> } {
  let watcher: FSWatcher | undefined;
  const close = async (): Promise<void> => {
    await watcher?.close();
    watcher = undefined;
  };
  return {
    close,
    async watch(commonDir) {
      await close();
      const opened = watch(
        ['refs', 'packed-refs', 'HEAD'].map((name) => join(commonDir, name)),
        { ignoreInitial: true, ignored: (name) => name.endsWith('.lock'), followSymlinks: false },
      );
      watcher = opened;
      opened.on('all', happened);
      // Only once it is ready does every later change make an event, and the look that follows sees every earlier one.
      await new Promise<void>((resolve) => {
        opened.once('ready', resolve);
        opened.on('error', (thrown) => {
          logger.warn('the repository cannot be watched, so it is only polled', {
            commonDir,
            error: String(thrown),
          });
          resolve();
        });
      });
    },
  };
}
