// SPDX-License-Identifier: Apache-2.0
import { getFileNameLowLevel, openPromise, type Entry, type ZipFile } from 'yauzl';
import { brokenArchive } from './broken-archive.ts';
import { unsafe } from './entry-path.ts';
import type { ArchiveEntry, UnpackLimits } from './entry-writer.ts';

const unixHost = 3;
const typeBits = 0o170000;
const types = { none: 0, folder: 0o040000, file: 0o100000, symlink: 0o120000 } as const;

/** Entries of a zip in the order of its directory. A file's body must be read before the next entry is asked for. */
export async function* zipEntries(
  path: string,
  limits: Required<Pick<UnpackLimits, 'bytes' | 'entries'>>,
  signal: AbortSignal,
): AsyncGenerator<ArchiveEntry> {
  // Names are decoded below, without yauzl's own refusals, so that both formats are judged by one rule.
  const zip = await reading(() => openPromise(path, { decodeStrings: false, autoClose: false }));
  try {
    if (zip.entryCount > limits.entries)
      throw brokenArchive(`it holds ${String(zip.entryCount)} entries`, 'archive-unsafe');
    const entries = zip.eachEntry()[Symbol.asyncIterator]();
    for (;;) {
      signal.throwIfAborted();
      const next = await reading(() => entries.next());
      if (next.done === true) return;
      yield await convert(zip, next.value);
    }
  } finally {
    zip.close();
  }
}

/** Bytes of all entries together, as the directory states them. */
export async function zipBytes(path: string): Promise<number> {
  const zip = await openPromise(path, { decodeStrings: false, autoClose: false });
  try {
    let bytes = 0;
    for await (const entry of zip.eachEntry()) bytes += entry.uncompressedSize;
    return bytes;
  } finally {
    zip.close();
  }
}

async function convert(zip: ZipFile, entry: Entry): Promise<ArchiveEntry> {
  const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
  const unix = entry.versionMadeBy >> 8 === unixHost ? entry.externalFileAttributes >>> 16 : 0;
  const mode = unix & 0o7777;
  if (entry.isEncrypted()) throw brokenArchive(`'${name}' is encrypted`);
  switch (unix & typeBits) {
    case types.symlink:
      if (entry.uncompressedSize > 4096) throw unsafe(name, 'its link is too long');
      return { kind: 'symlink', name, target: await text(body(zip, entry)) };
    case types.folder:
    case types.file:
    case types.none:
      if (name.endsWith('/')) return { kind: 'folder', name, mode: mode === 0 ? 0o755 : mode };
      if ((unix & typeBits) === types.folder) return { kind: 'folder', name, mode };
      return { kind: 'file', name, mode: mode === 0 ? 0o644 : mode, body: body(zip, entry) };
    default:
      throw unsafe(name, 'it is neither file, folder nor link');
  }
}

/** yauzl ends a body that is longer or shorter than the directory says with an error. */
async function* body(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  const stream = await reading(() => zip.openReadStreamPromise(entry));
  try {
    const chunks = stream[Symbol.asyncIterator]();
    for (;;) {
      const next = await reading(() => chunks.next());
      if (next.done === true) return;
      yield next.value as Buffer;
    }
  } finally {
    stream.destroy();
  }
}

async function text(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString('utf8');
}

/** Whatever the zip reader cannot make sense of is a broken archive. */
async function reading<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw brokenArchive(error instanceof Error ? error.message : String(error), 'archive-broken', error);
  }
}
