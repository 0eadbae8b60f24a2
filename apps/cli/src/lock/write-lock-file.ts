// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { replaceFile } from '@fairlead/program';

/** Puts a text in the place of a file, whole or not at all. */
export async function writeLockFile(path: string, text: string): Promise<void> {
  try {
    await replaceFile(path, text);
  } catch (cause) {
    throw new FairleadError({
      code: 'storage-failed',
      message: `cannot write ${path}`,
      hint: 'Look at the free space and the rights of the work tree; the lock is as it was.',
      cause,
    });
  }
}
