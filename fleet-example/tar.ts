// SPDX-License-Identifier: Apache-2.0
import { compareBytes } from '@fairlead/base';

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
  return Buffer.concat([...parts, new Uint8Array(2 * block)]);
}

function padding(size: number): number {
  return (block - (size % block)) % block;
}

/** Fields by offset and length as the format fixes them; numbers are octal and end with NUL. */
function header({ path, content, executable }: TarEntry): Uint8Array {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, offset: number, length: number): void => {
    bytes.write(value.toString(8).padStart(length - 1, '0'), offset, length - 1, 'ascii');
  };
  bytes.write(path, 0, 100, 'utf8');
  octal(executable ? 0o755 : 0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(content.byteLength, 124, 12);
  octal(0, 136, 12);
  bytes.write('0', 156, 'ascii');
  bytes.write('ustar\0' + '00', 257, 'latin1');
  // The checksum counts its own field as blanks.
  bytes.fill(' ', 148, 156);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1');
  return bytes;
}
