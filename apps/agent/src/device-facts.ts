// SPDX-License-Identifier: Apache-2.0
import { readFile, statfs } from 'node:fs/promises';

/** The kernel's name of this boot. */
export async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** Bytes that an ordinary user may still write where `path` lies. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
