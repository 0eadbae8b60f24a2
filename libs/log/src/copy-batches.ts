// SPDX-License-Identifier: Apache-2.0
import { ok, type Result } from '@fairlead/base';
import type { Repository, RepositoryProblem } from '@fairlead/git';

/** Copies commits of the log with their files from one repository into another, under the same names; no reference is moved. */
export async function copyBatches(
  from: Repository,
  to: Repository,
  commits: readonly string[],
): Promise<Result<void, RepositoryProblem>> {
  const copy = async (type: 'commit' | 'tree' | 'blob', oid: string) => {
    const content = await from.objects.bytes(type, oid);
    if (content.ok) await to.writeObject(type, content.value);
    return content;
  };
  for (const oid of commits) {
    const commit = await from.objects.commit(oid);
    if (!commit.ok) return commit;
    const tree = await from.objects.tree(commit.value.tree);
    if (!tree.ok) return tree;
    // A commit stands only when all that it names does.
    for (const entry of tree.value) {
      const blob = await copy('blob', entry.oid);
      if (!blob.ok) return blob;
    }
    for (const [type, name] of [
      ['tree', commit.value.tree],
      ['commit', oid],
    ] as const) {
      const copied = await copy(type, name);
      if (!copied.ok) return copied;
    }
  }
  return ok();
}
