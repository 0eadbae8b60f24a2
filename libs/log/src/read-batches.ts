// SPDX-License-Identifier: Apache-2.0
import { ok, type Result } from '@fairlead/base';
import type { Repository, RepositoryProblem } from '@fairlead/git';
import { readBatchFile } from './batch-file.ts';

export interface BatchContent {
  /** Of the commit. */
  readonly oid: string;
  /** RFC 3339 UTC. */
  readonly at: string;
  readonly content: string;
}

/** One file of each commit of a reference, the newest first, read as it is asked for; signatures are not looked at. */
export async function* walkBatches(
  repository: Repository,
  ref: string,
  name: string,
): AsyncGenerator<Result<BatchContent, RepositoryProblem>> {
  const head = await repository.readRef(ref);
  if (!head.ok) {
    yield head;
    return;
  }
  for (let oid = head.value; oid !== null;) {
    const commit = await repository.objects.commit(oid);
    if (!commit.ok) {
      yield commit;
      return;
    }
    const content = await readBatchFile(repository, commit.value, name);
    if (!content.ok) {
      yield content;
      return;
    }
    const at = new Date(commit.value.committed * 1000).toISOString();
    yield ok({ oid, at, content: content.value ?? '' });
    oid = commit.value.parents[0] ?? null;
  }
}

/** All of them, the oldest first. */
export async function readBatches(
  repository: Repository,
  ref: string,
  name: string,
): Promise<Result<readonly BatchContent[], RepositoryProblem>> {
  const batches: BatchContent[] = [];
  for await (const batch of walkBatches(repository, ref, name)) {
    if (!batch.ok) return batch;
    batches.push(batch.value);
  }
  return ok(batches.reverse());
}
