// SPDX-License-Identifier: Apache-2.0
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf, FairleadError } from '@fairlead/base';

/**
 * Replaces a file so that a crash at any moment leaves the old or the new content, never a mixture: beside, fsync, rename, fsync of
 * the folder. Only its owner may read it. Throws `no-space` or `storage-failed`.
 */
export async function writeDurably(path: string, content: Uint8Array | string): Promise<void> {
  try {
    await replace(path, content);
  } catch (cause) {
    const code = errnoOf(cause) === 'ENOSPC' || errnoOf(cause) === 'EDQUOT' ? 'no-space' : 'storage-failed';
    throw new FairleadError({
      code,
      message: `cannot write ${path}: ${FairleadError.from(cause).message}`,
      cause,
    });
  }
}

async function replace(path: string, content: Uint8Array | string): Promise<void> {
  const beside = `${path}.new`;
  const file = await open(beside, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  await syncFolder(dirname(path));
}

/** Makes creations, renames and removals in a folder durable. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The content of a file, or null where there is none. */
export async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}
