// SPDX-License-Identifier: Apache-2.0
import { open } from 'node:fs/promises';
import { isGzip } from './tar-entries.ts';
import type { ArchiveFormat } from './unpack.ts';
import { zipBytes } from './zip-entries.ts';

/**
 * Bytes that an archive says it holds, cheaply read from where it says so: a tar's own length, the end of a gzip (RFC 1952, ISIZE:
 * modulo 2³², of its last member), the directory of a zip. An estimate that may lie; what is wrong is told when it is unpacked.
 */
export async function unpackedBytes(archive: string, format: ArchiveFormat): Promise<number> {
  if (format === 'zip') return zipBytes(archive).catch(() => 0);
  const gzip = await isGzip(archive);
  const file = await open(archive, 'r');
  try {
    const { size } = await file.stat();
    if (!gzip || size < 4) return size;
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, size - 4);
    return Math.max(size, buffer.readUInt32LE());
  } finally {
    await file.close();
  }
}
