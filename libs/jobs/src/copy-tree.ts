// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, open, readdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Copies a folder with its modes, links as they are, so that the bytes survive a power cut; blocks are shared where the disk can. */
export async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, copy] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, copy);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), copy);
    else if (entry.isFile()) {
      await copyFile(source, copy, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      await chmod(copy, (await lstat(source)).mode & 0o7777);
      await sync(copy);
    }
  }
  // Only now: a folder that may not be written to is filled first.
  await chmod(to, (await lstat(from)).mode & 0o7777);
  await sync(to);
}

/** Bytes of all files in a folder. */
export async function treeBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    bytes += entry.isDirectory() ? await treeBytes(path) : (await lstat(path)).size;
  }
  return bytes;
}

/** Makes the bytes of a file, or the names in a folder, survive a power cut. */
export async function sync(path: string): Promise<void> {
  const opened = await open(path, 'r');
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}
