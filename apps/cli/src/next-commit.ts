// SPDX-License-Identifier: Apache-2.0
import type { CompileInput } from '@fairlead/compiler';
import type { Repository } from '@fairlead/git';
import { systemClock } from '@fairlead/program';
import { required } from './repository.ts';

/** What a commit made now on top of `below` would have; undefined: the first commit. */
export async function nextCommit(
  repository: Repository,
  below: string | undefined,
): Promise<Pick<CompileInput, 'generation' | 'time'>> {
  const generation = below === undefined ? 0 : required(await repository.ancestry.generation(below));
  const time = `${new Date(systemClock.now()).toISOString().slice(0, 19)}Z`;
  return { generation: generation + 1, time };
}
