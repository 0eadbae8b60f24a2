// SPDX-License-Identifier: Apache-2.0
import { errnoOf } from '@fairlead/base';
import { copyFile, open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { storing, syncFolderOf } from './durable.ts';

/** Where the journal lies: lines of JSON, each an object, that are on disk for good once the promise resolves. */
export interface JournalFile {
  /** What is readable. A last line that was not written to its end is left out, and overwritten by the next. */
  read(): Promise<JournalLines>;
  append(line: string): Promise<void>;
  /** Allocates blocks for as many bytes of later lines, so that a full disk is met before anything is touched. */
  reserve(bytes: number): Promise<void>;
  /** Puts these lines in place of all, atomically. */
  replace(lines: readonly string[]): Promise<void>;
  /** Copies the file as it is to `<path>.damaged`, for people to look at. */
  keepDamaged(): Promise<void>;
  close(): Promise<void>;
}

interface JournalLines {
  /** Oldest first. */
  readonly lines: readonly string[];
  /** Lines before the last are not what was written: no crash does that, and what is missing is not known. */
  readonly isDamaged: boolean;
}

/** Lets a test end the process at a chosen moment: right before or right after the n-th fsync of this file, counted from 1. */
export interface JournalFault {
  beforeSync(n: number): void | Promise<void>;
  afterSync(n: number): void | Promise<void>;
}

/** Opens lazily: nothing is read or made before the first call. Failures throw `storage-failed`, or `no-space` on a full disk. */
export function openJournalFile(path: string, options: { readonly fault?: JournalFault } = {}): JournalFile {
  const { fault } = options;
  let handle: FileHandle | null = null;
  let end = 0;
  let syncs = 0;

  const sync = async (file: FileHandle): Promise<void> => {
    syncs += 1;
    await fault?.beforeSync(syncs);
    await file.datasync();
    await fault?.afterSync(syncs);
  };
  const opened = async (): Promise<FileHandle> => {
    handle ??= await openOrCreate(path);
    return handle;
  };

  return {
    read: () =>
      storing(path, async () => {
        await opened();
        const { bytes, ...found } = completeLines(await readFile(path));
        end = bytes;
        return found;
      }),
    append: (line) =>
      storing(path, async () => {
        const file = await opened();
        const bytes = Buffer.from(`${line}\n`, 'utf8');
        await writeAll(file, bytes, end);
        await sync(file);
        // Only now: a line that may not be on disk is written again in its place.
        end += bytes.byteLength;
      }),
    reserve: (bytes) =>
      storing(path, async () => {
        const file = await opened();
        await writeAll(file, Buffer.alloc(bytes, '\n'), end);
        await sync(file);
      }),
    replace: (lines) =>
      storing(path, async () => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8');
        const beside = `${path}.new`;
        const file = await open(beside, 'w', 0o600);
        try {
          await writeAll(file, bytes, 0);
          await sync(file);
        } finally {
          await file.close();
        }
        await handle?.close();
        handle = null;
        await rename(beside, path);
        await syncFolderOf(path);
        end = bytes.byteLength;
      }),
    keepDamaged: () => storing(path, () => copyFile(path, `${path}.damaged`)),
    close: () =>
      storing(path, async () => {
        await handle?.close();
        handle = null;
      }),
  };
}

async function openOrCreate(path: string): Promise<FileHandle> {
  await rm(`${path}.new`, { force: true });
  try {
    return await open(path, 'r+');
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw thrown;
    const file = await open(path, 'wx+', 0o600);
    await syncFolderOf(path);
    return file;
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  let written = 0;
  while (written < bytes.byteLength) {
    written += (await file.write(bytes, written, bytes.byteLength - written, at + written)).bytesWritten;
  }
}

/**
 * Blank lines are reserved blocks. A line that is no JSON object was cut short by a crash, and nothing can follow it, since each
 * line is on disk before the next is written: a good line after a bad one is damage.
 */
function completeLines(content: Buffer): JournalLines & { readonly bytes: number } {
  const lines: string[] = [];
  let bytes = 0;
  let at = 0;
  let isTorn = false;
  let isDamaged = false;
  for (const line of content.toString('utf8').split('\n')) {
    const next = at + Buffer.byteLength(line, 'utf8') + 1;
    if (line !== '') {
      if (!isObject(line) || next > content.byteLength) isTorn = true;
      else {
        isDamaged ||= isTorn;
        lines.push(line);
        bytes = next;
      }
    }
    at = next;
  }
  return { lines, isDamaged, bytes };
}

function isObject(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
