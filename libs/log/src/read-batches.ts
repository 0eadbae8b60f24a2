// SPDX-License-Identifier: Apache-2.0
import { ok, type Result } from '@fairlead/base';
import type { Commit, Repository, RepositoryProblem } from '@fairlead/git';
import { readBatchFile } from './batch-file.ts';
import { maxBatchBytes } from './chain.ts';

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
    yield ok(batchOf(commit.value, content.value ?? ''));
    oid = commit.value.parents[0] ?? null;
  }
}

/** All of them, the oldest first. */
export async function readBatches(
  repository: Repository,
  ref: string,
  name: string,
): Promise<Result<readonly BatchContent[], RepositoryProblem>> {
  const { signal } = new AbortController();
  const head = await repository.readRef(ref);
  if (!head.ok) return head;
  const line = await repository.firstParents({ head: head.value, until: null }, { signal });
  if (!line.ok) return line;
  const batches: BatchContent[] = [];
  const options = { files: [name], maxBytes: maxBatchBytes, signal };
  for await (const read of repository.commits(line.value ?? [], options)) {
    if (!read.ok) return read;
    const { commit, files } = read.value;
    batches.push(batchOf(commit, Buffer.from(files.get(name) ?? '').toString('utf8')));
  }
  return ok(batches);
}

function batchOf({ oid, committed }: Commit, content: string): BatchContent {
  return { oid, at: new Date(committed * 1000).toISOString(), content };
}
