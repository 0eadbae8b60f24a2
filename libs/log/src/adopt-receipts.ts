// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import type { Repository, RepositoryProblem } from '@fairlead/git';
import type { AdoptOptions } from './adopt.ts';
import { createChain } from './chain.ts';
import { copyBatches } from './copy-batches.ts';
import { receiptsFile } from './receipt-lines.ts';
import { refNames } from './ref-names.ts';

/** What came back of the receipts. */
export interface AdoptedReceipts {
  /** Batches. */
  readonly batches: number;
  /** References that went on without what the clone has, and so stay as they are. */
  readonly parted: readonly string[];
}

/** Brings batches of receipts back that a clone still has, where the reference did not go on without them. */
export async function adoptReceipts(
  options: AdoptOptions,
  clone: Repository,
): Promise<Result<AdoptedReceipts, RepositoryProblem>> {
  const repository = options.receipts ?? options.repository;
  const heads = await clone.listRefs(refNames(options.branch).receipts);
  if (!heads.ok) return heads;
  const { signal } = new AbortController();
  const parted: string[] = [];
  let batches = 0;
  for (const [ref, head] of heads.value) {
    const ours = await repository.readRef(ref);
    if (!ours.ok) return ours;
    const missing = await believedAfter(options, clone, ref, ours.value);
    if (!missing.ok) return missing;
    if (missing.value === undefined) {
      const isNewer = await repository.firstParents({ head: ours.value, until: head }, { signal });
      if (!isNewer.ok || isNewer.value === undefined) parted.push(ref);
      continue;
    }
    const newest = missing.value.at(-1);
    if (newest === undefined) continue;
    const copied = await copyBatches(clone, repository, missing.value);
    if (!copied.ok) return copied;
    const moved = await repository.updateRef({ ref, expected: ours.value, oid: newest }, signal);
    if (!moved.ok) return err(moved.error.problem);
    batches += missing.value.length;
  }
  return ok({ batches, parted });
}

/** Commits of the clone after `since` that we signed; undefined: `since` is not among them. */
async function believedAfter(
  options: AdoptOptions,
  clone: Repository,
  ref: string,
  since: string | null,
): Promise<Result<readonly string[] | undefined, RepositoryProblem>> {
  const commits: string[] = [];
  const chain = createChain({ ...options, repository: clone, ref });
  for await (const read of chain.read(since, [receiptsFile])) {
    if (read.ok) commits.push(read.value.oid);
    else if (read.error.code === 'log-behind') return ok(undefined);
    else if (read.error.code !== 'log-forged') return read;
  }
  return ok(commits);
}
