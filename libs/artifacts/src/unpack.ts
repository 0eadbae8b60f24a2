// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { err, errnoOf, FairleadError, ok, type Result } from '@fairlead/base';
import { failureFrom, type ArtifactFailure } from './artifact-failure.ts';
import { brokenArchive } from './broken-archive.ts';
import { publish } from './durable.ts';
import { createEntryWriter, type UnpackLimits } from './entry-writer.ts';
import { tarEntries } from './tar-entries.ts';
import { zipEntries } from './zip-entries.ts';

/** 'tar' covers tar, tar.gz and tar.zst, told apart by content. */
export type ArchiveFormat = 'tar' | 'zip';

export interface UnpackRequest {
  readonly archive: string;
  readonly format: ArchiveFormat;
  /** The folder to be; its parent exists. Where it is there already, nothing is done: it was unpacked whole. */
  readonly into: string;
  readonly limits: UnpackLimits;
}

/** Names of folders in which an unpacking is under way, or was when the power went. */
export const unfinishedPrefix = '.unfinished-';

/**
 * Unpacks beside and renames, so that the folder is there whole or not at all. An entry that would reach outside, or that is more
 * than file, folder or link, refuses the archive (`archive-unsafe`); none is skipped. Two calls must not unpack into one folder
 * at once.
 */
export async function unpackArchive(
  request: UnpackRequest,
  signal: AbortSignal,
): Promise<Result<void, ArtifactFailure>> {
  const beside = join(dirname(request.into), `${unfinishedPrefix}${basename(request.into)}`);
  const limits = { entries: 100_000, ...request.limits };
  try {
    if (await isThere(request.into)) return ok();
    await rm(beside, { recursive: true, force: true });
    await mkdir(beside);
    await chmod(beside, 0o755);
    const writer = createEntryWriter(beside, limits);
    const entries = request.format === 'zip' ? zipEntries : tarEntries;
    for await (const entry of entries(request.archive, limits, signal)) {
      signal.throwIfAborted();
      await writer.write(entry);
    }
    await writer.finish();
    await publish(beside, request.into);
    return ok();
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    signal.throwIfAborted();
    return err(failureFrom(asArchiveError(error)));
  }
}

/** zlib's own errors are about the archive; those of the file system are not. */
function asArchiveError(error: unknown): unknown {
  if (error instanceof FairleadError) return error;
  return /^(Z_|ZSTD_)/.test(errnoOf(error) ?? '')
    ? brokenArchive('it is not well compressed', 'archive-broken', error)
    : error;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
