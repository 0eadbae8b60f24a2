// SPDX-License-Identifier: Apache-2.0
import { open, stat, type FileHandle } from 'node:fs/promises';

/** A place in a rotated log: a file by its inode, since its name changes, and bytes into it. */
export interface LogPosition {
  readonly file: number;
  readonly offset: number;
}

/** Reads a log that is appended to and rotated by someone else: `path`, `path.1`, … from new to old. */
export interface LogReader {
  /** What came since the last call, at most 64 KiB; null: nothing new. */
  next(): Promise<Buffer | null>;
  close(): Promise<void>;
}

const mostFiles = 100;

/** Where the log ends now. */
export async function logEnd(path: string): Promise<LogPosition> {
  return stat(path).then(
    ({ ino, size }) => ({ file: ino, offset: size }),
    () => ({ file: 0, offset: 0 }),
  );
}

/**
 * Reads from `from` on; where that file is gone, or `from` is null, from the oldest there is. The open file keeps its inode from
 * being used again, so no rotation is mistaken while reading.
 */
export function createLogReader(path: string, from: LogPosition | null): LogReader {
  let current: { readonly handle: FileHandle; readonly inode: number } | null = null;
  let offset = 0;
  const buffer = Buffer.alloc(64 * 1024);

  const openAt = async (name: string): Promise<boolean> => {
    const handle = await open(name, 'r').catch(() => null);
    if (handle === null) return false;
    await current?.handle.close();
    current = { handle, inode: (await handle.stat()).ino };
    offset = 0;
    return true;
  };

  const openFirst = async (): Promise<boolean> => {
    const files = await generations(path);
    const start =
      from === null ? undefined : files.find((file) => file.inode === from.file && file.size >= from.offset);
    const name = start?.name ?? files[0]?.name;
    if (name === undefined || !(await openAt(name))) return false;
    if (start !== undefined) offset = from?.offset ?? 0;
    return true;
  };

  /** The file after the one that was read to its end; false: there is none yet. */
  const openNext = async (inode: number): Promise<boolean> => {
    const files = await generations(path);
    const here = files.findIndex((file) => file.inode === inode);
    if (here === files.length - 1) return false;
    const name = files[here + 1]?.name;
    return name !== undefined && openAt(name);
  };

  return {
    async next() {
      for (;;) {
        if (current === null && !(await openFirst())) return null;
        const { handle, inode } = current as unknown as { handle: FileHandle; inode: number };
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
        offset += bytesRead;
        if (bytesRead > 0) return Buffer.from(buffer.subarray(0, bytesRead));
        if (!(await openNext(inode))) return null;
      }
    },
    async close() {
      await current?.handle.close();
      current = null;
    },
  };
}

interface Generation {
  readonly name: string;
  readonly inode: number;
  readonly size: number;
}

/** The files of a log from old to new. */
async function generations(path: string): Promise<readonly Generation[]> {
  const found: Generation[] = [];
  for (let number = 0; number < mostFiles; number += 1) {
    const name = number === 0 ? path : `${path}.${String(number)}`;
    const file = await stat(name).catch(() => null);
    if (file !== null) found.unshift({ name, inode: file.ino, size: file.size });
    else if (number > 0) break;
  }
  return found;
}
