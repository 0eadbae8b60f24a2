// SPDX-License-Identifier: Apache-2.0
import { FairleadError, sortedBy } from '@fairlead/base';
import { readCommitInput } from '@fairlead/commits';
import { createCompiler } from '@fairlead/compiler';
import { simulatedDeviceId } from '@fairlead/simulator';
import { required, requireRepository } from '../repository.ts';
import { resolveCommit } from '../resolve-commit.ts';

/**
 * Which devices are simulated: those of the repository's branch, or those of a generated fleet; the first `count` of them, in byte
 * order of their ids.
 */
export async function simulatedDevices(
  repo: string | undefined,
  branch: string,
  count: number | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (repo === undefined) {
    if (count === undefined)
      throw new FairleadError({ code: 'misuse', message: 'either --repo or --devices is needed' });
    return Array.from({ length: count }, (_, n) => simulatedDeviceId(n));
  }
  const repository = await requireRepository(repo);
  const commit = await resolveCommit(repository, `refs/heads/${branch}`);
  const input = required(await readCommitInput(repository, commit, { branch, signal }));
  const result = await createCompiler().compile(input);
  if (result.kind === 'refused') {
    const hint = `Run: fairlead check --repo ${repo}`;
    throw new FairleadError({ code: 'invalid-input', message: `${branch} of ${repo} has errors`, hint });
  }
  const ids = sortedBy([...result.devices.keys()], (id) => id);
  if (count !== undefined && count > ids.length) {
    const message = `--devices: ${branch} of ${repo} names ${String(ids.length)} devices, fewer than ${String(count)}`;
    throw new FairleadError({ code: 'misuse', message });
  }
  return ids.slice(0, count);
}
