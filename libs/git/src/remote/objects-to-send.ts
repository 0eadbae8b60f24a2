// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import type { RepositoryProblem } from '../problem.ts';
import type { Repository } from '../repository.ts';

/**
 * Everything that `commit` needs and a remote lacks, which has `base` whole (null: nothing is known of it). Of each commit only what
 * its parents do not hold.
 */
export async function objectsToSend(
  { objects, ancestry }: Pick<Repository, 'objects' | 'ancestry'>,
  commit: string,
  base: string | null,
): Promise<Result<readonly string[], RepositoryProblem>> {
  const found = new Set<string>();

  async function treeOf(oid: string): Promise<Result<string, RepositoryProblem>> {
    const read = await objects.commit(oid);
    return read.ok ? ok(read.value.tree) : read;
  }

  async function collect(tree: string, known: readonly string[]): Promise<Result<void, RepositoryProblem>> {
    if (found.has(tree) || known.includes(tree)) return ok();
    const entries = await objects.tree(tree);
    if (!entries.ok) return entries;
    const before = [];
    for (const oid of known) {
      const read = await objects.tree(oid);
      if (!read.ok) return read;
      before.push(new Map(read.value.map((entry) => [entry.name, entry])));
    }
    found.add(tree);
    for (const { name, oid, kind } of entries.value) {
      const same = before.flatMap((names) => names.get(name) ?? []);
      if (kind === 'tree') {
        const folders = same.filter((entry) => entry.kind === 'tree').map((entry) => entry.oid);
        const below = await collect(oid, folders);
        if (!below.ok) return below;
      } else if (kind !== 'submodule' && !same.some((entry) => entry.oid === oid)) found.add(oid);
    }
    return ok();
  }

  const head = await objects.commit(commit);
  if (!head.ok) return head;
  const isNext = head.value.parents.every((parent) => parent === base);
  const commits = isNext ? ok([commit]) : await ancestry.commitsBetween(base, commit);
  if (!commits.ok) return commits;
  for (const oid of commits.value) {
    const read = await objects.commit(oid);
    if (!read.ok) return read;
    const known: string[] = [];
    for (const parent of read.value.parents) {
      const tree = await treeOf(parent);
      if (!tree.ok) return err(tree.error);
      known.push(tree.value);
    }
    found.add(oid);
    const collected = await collect(read.value.tree, known);
    if (!collected.ok) return collected;
  }
  return ok([...found]);
}
