// SPDX-License-Identifier: Apache-2.0
import { indexPack, type PromiseFsClient } from 'isomorphic-git';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Disk, DiskFile } from '../disk.ts';
import { ensureFolder, removeIfThere, writeNewFile } from '../durable-file.ts';
import { readOnlyFs } from '../read-only-fs.ts';
import { unusable } from './pkt-line.ts';

/** A pack's header and checksum (gitformat-pack), in bytes. */
const headerBytes = 12;
const checksumBytes = 20;

/**
 * Stores a pack as it arrives and makes its index. It counts once both are on the disk under their own names, the index last: a crash
 * leaves only drafts in the scratch folder.
 */
export async function storePack(
  commonDir: string,
  disk: Disk,
  pack: AsyncIterable<Uint8Array>,
): Promise<void> {
  const folder = join(commonDir, 'objects/pack');
  const scratch = join(commonDir, 'fairlead');
  const draft = `incoming-${randomBytes(9).toString('hex')}`;
  const [packDraft, indexDraft] = [join(scratch, `${draft}.pack`), join(scratch, `${draft}.idx`)];
  await ensureFolder(disk, scratch);
  await ensureFolder(disk, folder);
  try {
    const file = await disk.create(packDraft, 0o444);
    const stored = await receive(pack, file).finally(() => file.close());
    if (stored.objects === 0) return;
    const fs: PromiseFsClient = {
      promises: {
        ...readOnlyFs.promises,
        writeFile: (path: string, bytes: Uint8Array) => writeNewFile(disk, path, bytes, 0o444),
      },
    };
    await indexPack({ fs, dir: commonDir, gitdir: commonDir, filepath: `fairlead/${draft}.pack` }).catch(
      (thrown: unknown) => {
        throw unusable(`the pack that the remote sent cannot be read: ${String(thrown)}`);
      },
    );
    const name = join(folder, `pack-${stored.checksum}`);
    await disk.rename(packDraft, `${name}.pack`);
    await disk.rename(indexDraft, `${name}.idx`);
    await disk.syncFolder(folder);
  } finally {
    await removeIfThere(disk, packDraft);
    await removeIfThere(disk, indexDraft);
  }
}

async function receive(
  pack: AsyncIterable<Uint8Array>,
  file: DiskFile,
): Promise<{ readonly objects: number; readonly checksum: string }> {
  const hash = createHash('sha1');
  let head: Buffer = Buffer.alloc(0);
  let tail: Buffer = Buffer.alloc(0);
  for await (const chunk of pack) {
    await file.write(chunk);
    if (head.length < headerBytes) head = Buffer.concat([head, chunk]).subarray(0, headerBytes);
    const known = Buffer.concat([tail, chunk]);
    const end = Math.max(0, known.length - checksumBytes);
    hash.update(known.subarray(0, end));
    tail = known.subarray(end);
  }
  await file.sync();
  if (head.length < headerBytes || head.toString('latin1', 0, 4) !== 'PACK' || head.readUInt32BE(4) !== 2)
    throw unusable('the remote sent no pack');
  const checksum = tail.toString('hex');
  if (hash.digest('hex') !== checksum)
    throw unusable('the pack that the remote sent is damaged or cut short');
  return { objects: head.readUInt32BE(8), checksum };
}
