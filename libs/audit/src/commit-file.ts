// SPDX-License-Identifier: Apache-2.0
import type { AuditSource } from './audit-source.ts';

/** One file of a commit of the fleet repository; undefined where there is none, or it cannot be read. */
export async function readCommitFile(
  { objects }: Pick<AuditSource, 'objects'>,
  commit: string,
  path: string,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const read = await objects.commit(commit);
  if (!read.ok) return undefined;
  const folders = path.split('/');
  const name = folders.pop();
  let entries = await objects.tree(read.value.tree);
  for (const folder of folders) {
    if (!entries.ok) return undefined;
    const entry = entries.value.find((item) => item.name === folder && item.kind === 'tree');
    if (entry === undefined) return undefined;
    entries = await objects.tree(entry.oid);
  }
  if (!entries.ok) return undefined;
  const file = entries.value.find((item) => item.name === name && item.kind === 'file');
  const blob = file === undefined ? undefined : await objects.blob(file.oid, maxBytes);
  return blob?.ok === true ? blob.value : undefined;
}
