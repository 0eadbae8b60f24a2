// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { createReadStream, lstatSync, type Stats } from 'node:fs';
import { mkdir, open, readdir, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { replaceFile } from '@fairlead/artifacts';

/** What an entry of an image was when it was unpacked. */
export interface RecordedEntry {
  /** Below the image's folder. */
  readonly path: string;
  readonly kind: 'folder' | 'file' | 'link';
  /** Permission bits; 0 for a link, which has none. */
  readonly mode: number;
  /** Of a file: as long as this stays, so does its content. */
  readonly mark: string;
  /** SHA-256 of a file as 64 hexadecimal digits, where a link leads; '' of a folder. */
  readonly content: string;
}

const head = JSON.stringify({ format: 1 });

/** Writes down what is in a folder: a line that says the format, and one for each entry. What is neither folder, file nor link is left out. */
export async function recordImage(folder: string, record: string): Promise<void> {
  const lines = [head];
  const walk = async (below: string): Promise<void> => {
    for (const name of (await readdir(join(folder, below))).sort()) {
      const entry = await readEntry(folder, join(below, name));
      if (entry === null) continue;
      const { path, kind, mode, mark, content } = entry;
      lines.push(JSON.stringify([path, kind, mode, mark, content]));
      if (kind === 'folder') await walk(path);
    }
  };
  await walk('');
  await mkdir(dirname(record), { recursive: true, mode: 0o700 });
  await replaceFile(record, `${lines.join('\n')}\n`);
}

/** A part of a record. */
export interface RecordPart {
  readonly entries: readonly RecordedEntry[];
  readonly bytes: number;
  /** Where the part that follows begins; 0 after the last. */
  readonly next: number;
}

/** The part of a record that begins at `from`, about `most` bytes long. Null: there is no such record. */
export async function readRecord(record: string, from: number, most: number): Promise<RecordPart | null> {
  const file = await open(record, 'r').catch(() => null);
  if (file === null) return null;
  try {
    // Whatever the budget, a line of the longest path must fit.
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(most, longestLine)), 0, null, from);
    const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
    const { size } = await file.stat();
    const lines = buffer.toString('utf8', 0, end).split('\n').slice(0, -1);
    return {
      entries: lines.filter((line) => line !== head).map(parseLine),
      bytes: end,
      next: end === 0 || from + end >= size ? 0 : from + end,
    };
  } finally {
    await file.close();
  }
}

/** A path of 4096 bytes, each written as six, and a link that is as long. */
const longestLine = 64 * 1024;

function parseLine(line: string): RecordedEntry {
  const [path, kind, mode, mark, content] = JSON.parse(line) as [
    string,
    RecordedEntry['kind'],
    number,
    string,
    string,
  ];
  return { path, kind, mode, mark, content };
}

/** Null: it is gone, or something that no image holds. */
async function readEntry(folder: string, path: string): Promise<RecordedEntry | null> {
  const found = lookAt(join(folder, path));
  if (found === null) return null;
  const { kind, mode, mark } = found;
  return { path, kind, mode, mark, content: await contentOf(join(folder, path), kind) };
}

/** What stat says of an entry. */
export function lookAt(path: string): Omit<RecordedEntry, 'path' | 'content'> | null {
  const found = lstatSync(path, { throwIfNoEntry: false });
  const kind = found === undefined ? null : kindOf(found);
  if (found === undefined || kind === null) return null;
  return {
    kind,
    mode: kind === 'link' ? 0 : found.mode & 0o7777,
    mark: kind === 'file' ? [found.ino, found.size, found.mtimeMs, found.ctimeMs].join(' ') : '',
  };
}

export async function contentOf(path: string, kind: RecordedEntry['kind']): Promise<string> {
  switch (kind) {
    case 'folder':
      return '';
    case 'link':
      return readlink(path);
    case 'file': {
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }))
        hash.update(chunk as Buffer);
      return hash.digest('hex');
    }
  }
}

function kindOf(found: Stats): RecordedEntry['kind'] | null {
  if (found.isDirectory()) return 'folder';
  if (found.isSymbolicLink()) return 'link';
  return found.isFile() ? 'file' : null;
}
