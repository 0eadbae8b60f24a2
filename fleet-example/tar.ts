// SPDX-License-Identifier: Apache-2.0
import { compareBytes } from '@fairlead/base';
import { Header } from 'tar';

export interface TarEntry {
  /** Relative, with '/', at most 100 bytes. */
  readonly path: string;
  readonly content: Uint8Array;
  readonly executable: boolean;
}

const block = 512;

/**
 * An uncompressed tar archive (POSIX ustar) that follows from its entries alone: sorted by path, owned by root, made in 1970, modes
 * 0755 and 0644.
 */
export function tar(entries: readonly TarEntry[]): Uint8Array {
  const sorted = entries.toSorted((a, b) => compareBytes(a.path, b.path));
  const parts = sorted.flatMap((entry) => [
    header(entry),
    entry.content,
    new Uint8Array(padding(entry.content.byteLength)),
  ]);
  // Two empty blocks end an archive.
  return Buffer.concat([...parts, new Uint8Array(2 * block)]);
}

function padding(size: number): number {
  return (block - (size % block)) % block;
}

function header({ path, content, executable }: TarEntry): Uint8Array {
  const bytes = Buffer.alloc(block);
  const owner = { uid: 0, gid: 0, uname: 'root', gname: 'root', mtime: new Date(0) };
  new Header({
    path,
    type: 'File',
    mode: executable ? 0o755 : 0o644,
    size: content.byteLength,
    ...owner,
  }).encode(bytes);
  return bytes;
}
