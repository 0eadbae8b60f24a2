// SPDX-License-Identifier: Apache-2.0
import { err, fullJitter, ok, type Clock, type Result } from '@fairlead/base';
import type { OpenHeads } from '../head-source.ts';
import { problem, type RepositoryProblem } from '../problem.ts';
import type { RemoteRepository } from './mirror.ts';

export interface RemoteHeadsOptions {
  /** Opens the mirror, and again when its folder was removed. */
  readonly open: () => Promise<Result<RemoteRepository, RepositoryProblem>>;
  /** Without `refs/heads/`. */
  readonly branch: string;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** In milliseconds; each poll comes up to a fifth earlier or later, so that servers do not ask together. Default 15,000. */
  readonly pollMs?: number;
}

/** However many hooks come, the remote is not asked more often than this, in milliseconds. */
const gapMs = 1000;

/** The head of a branch on another machine: polled, and looked at when a hook wakes it. */
export function remoteHeads({ open, branch, clock, random, pollMs = 15_000 }: RemoteHeadsOptions): OpenHeads {
  const ref = `refs/heads/${branch}`;
  return () => {
    let mirror: RemoteRepository | undefined;
    let askedAt = -Infinity;

    async function opened(): Promise<Result<RemoteRepository, RepositoryProblem>> {
      if (mirror !== undefined && !(await mirror.isGone())) return ok(mirror);
      const made = await open();
      if (made.ok) mirror = made.value;
      return made;
    }

    return {
      async look(signal) {
        const early = askedAt + Math.min(gapMs, pollMs) - clock.monotonic();
        if (early > 0) await clock.sleep(early, signal);
        askedAt = clock.monotonic();
        const found = await opened();
        if (!found.ok) return found;
        const repository = found.value;
        const looked = await repository.look(signal);
        if (!looked.ok) return looked;
        const head = await repository.readRef(ref);
        if (!head.ok) return head;
        if (head.value !== null) return ok({ commit: head.value, repository });
        return err(
          repository.hasBranches()
            ? problem('branch-missing', `the remote has no branch ${branch}`)
            : problem('repository-empty', 'the remote has no commit yet'),
        );
      },
      pauseMs: (failures) =>
        failures === 0
          ? pollMs * (0.8 + 0.4 * random())
          : fullJitter(failures - 1, { baseMs: Math.min(1000, pollMs), capMs: 4 * pollMs, random }),
      close: () => Promise.resolve(),
    };
  };
}
