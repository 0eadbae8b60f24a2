// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { listRemote, parseRepositoryPlace, type ListOptions } from '@fairlead/git';
import type { LockedBranch } from '@fairlead/spec';

/** The commit that a branch of a remote repository has now. Failures are thrown. */
export async function resolveBranch(
  repository: string,
  branch: string,
  options: ListOptions,
  signal: AbortSignal,
): Promise<LockedBranch> {
  const place = parseRepositoryPlace(repository, { insecureLoopback: true });
  if (!place.ok) throw new FairleadError({ ...place.error, code: 'invalid-value' });
  if (place.value.kind === 'path') {
    throw new FairleadError({
      code: 'invalid-value',
      message: `'${repository}' is no address of a repository`,
      hint: 'Use https://, ssh:// or user@host:path.',
    });
  }
  const ref = `refs/heads/${branch}`;
  const refs = await listRemote(place.value, [ref], options, signal);
  if (!refs.ok) throw new FairleadError(refs.error);
  const commit = refs.value.get(ref);
  if (commit !== undefined) return { commit };
  throw new FairleadError({
    code: 'reference-missing',
    message: `${repository} has no branch '${branch}'`,
  });
}
