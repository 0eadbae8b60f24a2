// SPDX-License-Identifier: Apache-2.0
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes the names in a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Moves a file or folder, both on one file system, to its final name: after this it is there whole, also after a power cut. */
export async function publish(temporary: string, final: string): Promise<void> {
  await rename(temporary, final);
  await syncFolder(dirname(final));
}

/** Writes a file beside and renames it, so that a reader sees the old bytes or the new ones, never a part. */
export async function replaceFile(path: string, bytes: Uint8Array | string, mode = 0o600): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', mode);
  try {
    await file.chmod(mode);
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await publish(temporary, path);
}
