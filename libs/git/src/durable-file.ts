// SPDX-License-Identifier: Apache-2.0
import { errnoOf } from '@fairlead/base';
import { dirname } from 'node:path';
import type { Disk } from './disk.ts';
import { statsOf } from './optional-file.ts';

/** A new file with these bytes, all of them on the disk. Half of one is never left behind, unless the process dies. */
export async function writeNewFile(disk: Disk, path: string, bytes: Uint8Array, mode = 0o644): Promise<void> {
  const file = await disk.create(path, mode);
  try {
    try {
      await file.write(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (thrown) {
    await removeIfThere(disk, path);
    throw thrown;
  }
}

/** Makes a folder and those above it, each of which survives a power cut. */
export async function ensureFolder(disk: Disk, path: string): Promise<void> {
  if ((await statsOf(path))?.isDirectory() === true) return;
  await ensureFolder(disk, dirname(path));
  try {
    await disk.makeFolder(path);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'EEXIST') throw thrown;
  }
  await disk.syncFolder(dirname(path));
}

export async function removeIfThere(disk: Disk, path: string): Promise<void> {
  try {
    await disk.remove(path);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw thrown;
  }
}
