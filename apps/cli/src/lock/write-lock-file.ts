// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';

/** Puts a text in the place of a file, whole or not at all. */
export async function writeLockFile(path: string, text: string): Promise<void> {
  const scratch = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(scratch, 'wx', 0o666);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(scratch, path);
  } catch (cause) {
    await rm(scratch, { force: true });
    throw new FairleadError({
      code: 'storage-failed',
      message: `cannot write ${path}`,
      hint: 'Look at the free space and the rights of the work tree; the lock is as it was.',
      cause,
    });
  }
}
