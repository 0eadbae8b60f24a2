// SPDX-License-Identifier: Apache-2.0
import type { Repository } from '@fairlead/git';
import { limits } from '@fairlead/trust/verify';

/** Bytes of `trust/root/1.json`, `2.json` and so on up to the first that is missing; undefined where the commit cannot be read. */
export async function readRoots(
  { objects }: Pick<Repository, 'objects'>,
  commit: string,
): Promise<readonly Uint8Array[] | undefined> {
  const read = await objects.commit(commit);
  if (!read.ok) return undefined;
  let tree = await objects.tree(read.value.tree);
  for (const name of ['trust', 'root']) {
    if (!tree.ok) return undefined;
    const folder = tree.value.find((entry) => entry.name === name);
    if (folder?.kind !== 'tree') return [];
    tree = await objects.tree(folder.oid);
  }
  if (!tree.ok) return undefined;
  const files = new Map(tree.value.map((entry) => [entry.name, entry]));
  const roots: Uint8Array[] = [];
  for (;;) {
    const file = files.get(`${String(roots.length + 1)}.json`);
    const blob = file?.kind === 'file' ? await objects.blob(file.oid, limits.root) : undefined;
    if (blob?.ok !== true) return roots;
    roots.push(blob.value);
  }
}
