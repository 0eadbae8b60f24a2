// SPDX-License-Identifier: Apache-2.0
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const fillerOf = (mount: string): string => join(mount, 'filler');

/** Fills the disk that is mounted there, up to so many bytes that stay free. */
export async function fillDisk(mount: string, leave: number): Promise<void> {
  const { bavail, bsize } = await statfs(mount);
  await writeFile(fillerOf(mount), Buffer.alloc(Math.max(0, bavail * bsize - leave)));
}

/** Takes away what filled it. */
export async function freeDisk(mount: string): Promise<void> {
  await rm(fillerOf(mount));
}
