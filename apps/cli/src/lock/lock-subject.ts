// SPDX-License-Identifier: Apache-2.0
import { errnoOf, FairleadError } from '@fairlead/base';
import { readCommitInput, workTreeInput } from '@fairlead/commits';
import { createCompiler, type CompileInput, type References } from '@fairlead/compiler';
import { readWorkTree } from '@fairlead/git';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { required, requireRepository } from '../repository.ts';
import { resolveCommit } from '../resolve-commit.ts';

/** The fleet that a lock is for. */
export interface LockSubject extends References {
  readonly input: CompileInput;
  /** Where files lie that a person edits; undefined for a bare repository. */
  readonly workTree: string | undefined;
}

/** Neither says anything of what references mean. */
const anyBranch = { branch: 'main', generation: 1, time: '1970-01-01T00:00:00Z' } as const;

/** Reads what lies in the work tree; where there is none, what HEAD holds. The subject lasts as long as `use`. */
export async function withLockSubject<T>(
  repo: string,
  signal: AbortSignal,
  use: (subject: LockSubject) => Promise<T>,
): Promise<T> {
  const repository = await requireRepository(repo);
  const examine = async (input: CompileInput, workTree: string | undefined): Promise<T> =>
    use({ ...(await createCompiler().references(input)), input, workTree });
  if (await isThere(join(repo, '.git')))
    return required(
      await readWorkTree(repo, signal, (held) => examine(workTreeInput(held, anyBranch), repo)),
    );
  const commit = await resolveCommit(repository, 'HEAD');
  const input = required(await readCommitInput(repository, commit, { ...anyBranch, signal }));
  return examine(input, undefined);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return false;
    throw FairleadError.from(thrown, 'repository-unreadable');
  }
}
