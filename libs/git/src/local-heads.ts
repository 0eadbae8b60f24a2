// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Clock, type Logger, type Result } from '@fairlead/base';
import { watch, type FSWatcher } from 'chokidar';
import { join } from 'node:path';
import type { OpenHeads } from './head-source.ts';
import { problem, type RepositoryProblem } from './problem.ts';
import { examine, repositoryIn, type Repository } from './repository.ts';

export interface LocalHeadsOptions {
  readonly path: string;
  /** Without `refs/heads/`. */
  readonly branch: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** File events are missed on network file systems, within 50 ms of another one, and when the folder is replaced. Default 2000. */
  readonly pollMs?: number;
}

/** The head of a branch on this machine, with file events. */
export function localHeads({ path, branch, clock, logger, pollMs = 2000 }: LocalHeadsOptions): OpenHeads {
  return (happened) => {
    const files = createFileEvents(happened, logger);
    let repository: Repository | undefined;
    return {
      async look() {
        const folder = await examine(path);
        if (!folder.ok) return folder;
        if (repository?.identity !== folder.value.identity) {
          repository = repositoryIn(folder.value, { clock });
          await files.watch(repository.commonDir);
        }
        const commit = await headOf(repository, branch);
        return commit.ok ? ok({ commit: commit.value, repository }) : commit;
      },
      pauseMs: () => pollMs,
      close: () => files.close(),
    };
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
