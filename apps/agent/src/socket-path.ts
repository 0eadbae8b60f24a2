// SPDX-License-Identifier: Apache-2.0
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/** Bytes of a socket's path that the kernel takes (unix(7): 108 with the closing zero). */
const mostBytes = 107;

/** Calls `use` with a path that the kernel takes for this socket: a long one is reached through the descriptor of its folder. */
export async function withSocketPath<T>(path: string, use: (short: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(path) <= mostBytes) return use(path);
  const folder = await open(dirname(path), 'r');
  try {
    return await use(`/proc/self/fd/${String(folder.fd)}/${basename(path)}`);
  } finally {
    await folder.close();
  }
}
