// SPDX-License-Identifier: Apache-2.0
import { errnoOf, FairleadError } from '@fairlead/base';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A new name is on disk only when its folder is. */
export async function syncFolderOf(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Puts a file in the place of the one before; after a power loss it is one of the two. Throws `no-space` or `storage-failed`. */
export function replaceDurably(path: string, content: string | Uint8Array): Promise<void> {
  return storing(path, async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const beside = `${path}.new`;
    const file = await open(beside, 'w', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
    await syncFolderOf(path);
  });
}

/** Does something with a file; what the file system refuses is thrown as `no-space` or `storage-failed`. */
export async function storing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof FairleadError) throw thrown;
    const errno = errnoOf(thrown);
    const code = errno === 'ENOSPC' || errno === 'EDQUOT' ? 'no-space' : 'storage-failed';
    throw new FairleadError({
      code,
      message: `cannot write ${path}${errno === undefined ? '' : ` (${errno})`}`,
      cause: thrown,
      details: { path },
    });
  }
}
