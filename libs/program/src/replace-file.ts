// SPDX-License-Identifier: Apache-2.0
import { errnoOf } from '@fairlead/base';
import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';

/**
 * Puts content in the place of a file, whole or not at all: it is on disk beside the file before it takes its name. Without `mode` a
 * file keeps the one it has. What is no file (a pipe, a device) is written to as it is. Throws what the system says.
 */
export async function replaceFile(path: string, content: string | Uint8Array, mode?: number): Promise<void> {
  const known = await statOf(path);
  if (known?.isFile() === false) return writeFile(path, content);
  // A link stays, and what it leads to is replaced.
  const place = known === undefined ? path : await realpath(path);
  const scratch = `${place}.${randomBytes(6).toString('hex')}`;
  const file = await open(scratch, 'wx', mode ?? 0o666);
  try {
    try {
      if (known !== undefined) await file.chmod(mode ?? known.mode & 0o777);
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(scratch, place);
  } catch (thrown) {
    await rm(scratch, { force: true });
    throw thrown;
  }
}

async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}
