// SPDX-License-Identifier: Apache-2.0
import { errnoOf, FairleadError } from '@fairlead/base';
import { open } from 'node:fs/promises';
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
