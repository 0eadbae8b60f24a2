// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { isOid, type Repository } from '@fairlead/git';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { required } from './repository.ts';

/**
 * The commit that `revision` names: HEAD, a full object id, a branch or a reference. Whatever else Git understands (`HEAD~2`, short
 * ids, tags that are objects) is asked of the installed `git`.
 */
export async function resolveCommit(repository: Repository, revision: string): Promise<string> {
  const found = revision === 'HEAD' ? await readHead(repository) : await findDirectly(repository, revision);
  if (found !== undefined && (await repository.objects.commit(found)).ok) return found;
  const parsed = await askGit(repository, revision);
  if (parsed !== undefined) return parsed;
  // Says more than that nothing was found: an empty repository, a branch without a commit, a broken object.
  if (found !== undefined) required(await repository.objects.commit(found));
  if (revision === 'HEAD')
    throw new FairleadError({ code: 'repository-empty', message: 'HEAD names no commit yet' });
  throw new FairleadError({
    code: 'branch-missing',
    message: `'${revision}' names no commit of this repository`,
    hint: 'Name a commit, a branch or a tag.',
  });
}

async function readHead(repository: Repository): Promise<string | undefined> {
  const head = (await readFile(join(repository.gitDir, 'HEAD'), 'utf8')).trim();
  if (!head.startsWith('ref: ')) return head;
  return required(await repository.readRef(head.slice('ref: '.length).trim())) ?? undefined;
}

async function findDirectly(repository: Repository, revision: string): Promise<string | undefined> {
  if (isOid(revision)) return revision;
  if (!/^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(revision) || revision.includes('..')) return undefined;
  for (const prefix of ['refs/heads/', 'refs/remotes/']) {
    const oid = required(await repository.readRef(prefix + revision));
    if (oid !== null) return oid;
  }
  return revision.startsWith('refs/')
    ? (required(await repository.readRef(revision)) ?? undefined)
    : undefined;
}

/** Undefined: no such commit, or no `git`. */
async function askGit({ gitDir }: Repository, revision: string): Promise<string | undefined> {
  const args = [
    '--git-dir',
    gitDir,
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${revision}^{commit}`,
  ];
  try {
    const { stdout } = await promisify(execFile)('git', args);
    const oid = stdout.trim();
    return isOid(oid) ? oid : undefined;
  } catch {
    return undefined;
  }
}
