// SPDX-License-Identifier: Apache-2.0
import { createTurns, ok, type Logger, type Result } from '@fairlead/base';
import type { Repository, RepositoryProblem } from '@fairlead/git';

export interface CommitHolderOptions {
  readonly repository: Repository;
  /** Full name. */
  readonly ref: string;
  readonly logger: Logger;
}

/** Holds the newest recorded commit by a reference, so that no `git gc` takes it when the branch is rewritten. */
export interface CommitHolder {
  /** Never fails: what could not be done is logged, and is done when it is called again. Null: nothing is recorded yet. */
  hold(commit: string | null): Promise<void>;
}

export function createCommitHolder({ repository, ref, logger }: CommitHolderOptions): CommitHolder {
  const turns = createTurns();
  let lastProblem: string | undefined;

  async function move(commit: string): Promise<Result<void, RepositoryProblem>> {
    const held = await repository.readRef(ref);
    if (!held.ok) return held;
    if (held.value === commit) return ok();
    // A reference to what is not there would stop `git gc` altogether.
    const there = await repository.objects.commit(commit);
    if (!there.ok) return there;
    if (held.value !== null) {
      // Another server has recorded more by now.
      const isHeld = await repository.ancestry.isDescendant(commit, held.value);
      if (isHeld.ok && isHeld.value) return ok();
    }
    const update = { ref, expected: held.value, oid: commit };
    const moved = await repository.updateRef(update, new AbortController().signal);
    return moved.ok ? ok() : { ok: false, error: moved.error.problem };
  }

  return {
    hold: (commit) =>
      turns(async () => {
        const done = commit === null ? ok() : await move(commit);
        const problem = done.ok ? undefined : done.error.message;
        if (!done.ok && problem !== lastProblem) {
          const { code, message, hint } = done.error;
          logger.warn('the recorded commit is not held', { ref, commit, code, message, hint });
        }
        lastProblem = problem;
      }),
  };
}
