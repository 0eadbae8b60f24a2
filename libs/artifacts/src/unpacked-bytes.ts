// SPDX-License-Identifier: Apache-2.0
import { statedBytes } from './compression.ts';
import type { ArchiveFormat } from './unpack.ts';
import { zipBytes } from './zip-entries.ts';

/**
 * Bytes that an archive says it holds, cheaply read from where it says so: a tar's own length or what its compression states, the
 * directory of a zip. An estimate that may lie; what is wrong is told when it is unpacked.
 */
export async function unpackedBytes(archive: string, format: ArchiveFormat): Promise<number> {
  return format === 'zip' ? zipBytes(archive).catch(() => 0) : statedBytes(archive);
}
