// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@fairlead/base';
import { indexPack, type PromiseFsClient } from 'isomorphic-git';
import { createHash, randomBytes } from 'node:crypto';
import { join, relative } from 'node:path';
import type { Disk, DiskFile } from '../disk.ts';
import { ensureFolder, removeIfThere, writeNewFile } from '../durable-file.ts';
import { readOnlyFs } from '../read-only-fs.ts';
import { isDiskError } from '../problem.ts';
import { runGit } from './git-program.ts';
import { unusable } from './pkt-line.ts';

/** A pack's header and checksum (gitformat-pack), in bytes. */
const headerBytes = 12;
const checksumBytes = 20;

export interface PackPlace {
  /** Of the mirror. */
  readonly commonDir: string;
  readonly disk: Disk;
  readonly clock: Clock;
}

/**
 * Stores a pack as it arrives and makes its index. It counts once both are on the disk under their own names, the index last: a crash
 * leaves only drafts in the scratch folder.
 */
export async function storePack(
  place: PackPlace,
  pack: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const { commonDir, disk } = place;
  const folder = join(commonDir, 'objects/pack');
  const scratch = join(commonDir, 'fairlead');
  const draft = join(scratch, `incoming-${randomBytes(9).toString('hex')}`);
  await ensureFolder(disk, scratch);
  await ensureFolder(disk, folder);
  try {
    const file = await disk.create(`${draft}.pack`, 0o444);
    const stored = await receive(pack, file).finally(() => file.close());
    if (stored.objects === 0) return;
    await index(place, `${draft}.pack`, stored.bytes, signal);
    const name = join(folder, `pack-${stored.checksum}`);
    await disk.rename(`${draft}.pack`, `${name}.pack`);
    await disk.rename(`${draft}.idx`, `${name}.idx`);
    await disk.syncFolder(folder);
  } finally {
    await removeIfThere(disk, `${draft}.pack`);
    await removeIfThere(disk, `${draft}.idx`);
  }
}

/** From this size on the installed `git`, where there is one, is quicker, and need not hold the pack in memory. In bytes. */
const worthAChild = 8 * 2 ** 20;
/** So long it may work, in milliseconds. */
const maxMs = 10 * 60_000;

/** Writes the index beside the pack, checking every object in it. */
async function index(
  { commonDir, disk, clock }: PackPlace,
  pack: string,
  bytes: number,
  signal: AbortSignal,
): Promise<void> {
  if (bytes >= worthAChild) {
    const args = ['--git-dir', commonDir, '-c', 'core.fsync=all', 'index-pack', pack];
    const ran = await runGit(args, { clock, idleMs: maxMs, maxMs }, signal).catch(() => {
      signal.throwIfAborted();
      return undefined;
    });
    if (ran?.code === 0) return;
    await removeIfThere(disk, pack.replace(/pack$/, 'idx'));
  }
  const fs: PromiseFsClient = {
    promises: {
      ...readOnlyFs.promises,
      writeFile: (path: string, content: Uint8Array) => writeNewFile(disk, path, content, 0o444),
    },
  };
  try {
    await indexPack({ fs, dir: commonDir, gitdir: commonDir, filepath: relative(commonDir, pack) });
  } catch (thrown) {
    if (isDiskError(thrown)) throw thrown;
    throw unusable(`the pack that the remote sent cannot be read: ${String(thrown)}`);
  }
}

async function receive(
  pack: AsyncIterable<Uint8Array>,
  file: DiskFile,
): Promise<{ readonly objects: number; readonly checksum: string; readonly bytes: number }> {
  const hash = createHash('sha1');
  let head: Buffer = Buffer.alloc(0);
  let tail: Buffer = Buffer.alloc(0);
  let bytes = 0;
  for await (const chunk of pack) {
    await file.write(chunk);
    bytes += chunk.length;
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
  return { objects: head.readUInt32BE(8), checksum, bytes };
}
