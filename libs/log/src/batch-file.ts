// SPDX-License-Identifier: Apache-2.0
import { ok, type Result } from '@fairlead/base';
import type { Commit, Repository, RepositoryProblem } from '@fairlead/git';
import { maxBatchBytes } from './chain.ts';

/** One file of a commit of the log; undefined where it has none of that name. */
export async function readBatchFile(
  { objects }: Repository,
  commit: Commit,
  name: string,
): Promise<Result<string | undefined, RepositoryProblem>> {
  const tree = await objects.tree(commit.tree);
  if (!tree.ok) return tree;
  const entry = tree.value.find((item) => item.name === name);
  if (entry === undefined) return ok(undefined);
  const blob = await objects.blob(entry.oid, maxBatchBytes);
  return blob.ok ? ok(Buffer.from(blob.value).toString('utf8')) : blob;
}
