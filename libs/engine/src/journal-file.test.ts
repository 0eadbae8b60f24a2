// SPDX-License-Identifier: Apache-2.0
import { tempDir } from '@fairlead/testing';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openJournalFile, type JournalFault, type JournalFile } from './journal-file.ts';

const journalPath = async (): Promise<string> => join(await tempDir('journal'), 'journal.jsonl');

function opened(path: string, fault?: JournalFault): JournalFile {
  const file = openJournalFile(path, fault === undefined ? {} : { fault });
  onTestFinished(() => file.close());
  return file;
}

/** Of a file that is whole. */
async function linesOf(file: JournalFile): Promise<readonly string[]> {
  const { lines, isDamaged } = await file.read();
  expect(isDamaged).toBe(false);
  return lines;
}

describe('when lines are appended', () => {
  it('reads them back, in this process and the next', async () => {
    const path = await journalPath();
    const file = opened(path);
    expect(await linesOf(file)).toEqual([]);

    await file.append('{"n":1}');
    await file.append('{"n":"ä"}');

    expect(await linesOf(file)).toEqual(['{"n":1}', '{"n":"ä"}']);
    expect(await linesOf(opened(path))).toEqual(['{"n":1}', '{"n":"ä"}']);
    expect(((await stat(path)).mode & 0o777).toString(8)).toBe('600');
  });

  it('syncs once for each, and tells before and after', async () => {
    const told: string[] = [];
    const fault = {
      beforeSync: (n: number) => void told.push(`before ${String(n)}`),
      afterSync: (n: number) => void told.push(`after ${String(n)}`),
    };
    const file = opened(await journalPath(), fault);

    await file.append('{}');
    await file.replace(['{}']);

    expect(told).toEqual(['before 1', 'after 1', 'before 2', 'after 2']);
  });

  it('writes a line that could not be synced again in its place', async () => {
    const path = await journalPath();
    let isFull = false;
    const file = opened(path, {
      afterSync: () => undefined,
      beforeSync: () => (isFull ? Promise.reject(new Error('EIO')) : undefined),
    });
    await file.append('{"n":1}');

    isFull = true;
    await expect(file.append('{"n":"does not make it"}')).rejects.toMatchObject({ code: 'storage-failed' });
    isFull = false;
    await file.append('{"n":2}');
    await file.append('{"n":3}');

    // What is left of the longer line lies behind, and is no line.
    expect((await linesOf(opened(path))).slice(0, 3)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
  });
});

describe('when the last line was cut short', () => {
  it.each(['{"n":2', '{"n":2}', '{', 'x'])('leaves %j out, and writes over it', async (torn) => {
    const path = await journalPath();
    await writeFile(path, `{"n":1}\n${torn}`);
    const file = opened(path);

    expect(await linesOf(file)).toEqual(['{"n":1}']);
    await file.append('{"n":3}');

    expect(await linesOf(opened(path))).toEqual(['{"n":1}', '{"n":3}']);
  });

  it('also finds it among reserved blocks', async () => {
    const path = await journalPath();
    await writeFile(path, `{"n":1}\n{"n":\n\n\n\n`);

    expect(await linesOf(opened(path))).toEqual(['{"n":1}']);
  });

  it('says so where it was not the last, gives what is readable, and keeps the rest for people', async () => {
    const path = await journalPath();
    const text = `{"n":1}\n{"n":\n{"n":3}\n`;
    await writeFile(path, text);
    const file = opened(path);

    expect(await file.read()).toEqual({ lines: ['{"n":1}', '{"n":3}'], isDamaged: true });
    await file.keepDamaged();

    expect(await readFile(`${path}.damaged`, 'utf8')).toBe(text);
  });
});

describe('when blocks are reserved', () => {
  it('writes later lines into them', async () => {
    const path = await journalPath();
    const file = opened(path);
    await file.append('{"n":1}');

    await file.reserve(4_096);
    const { size } = await stat(path);
    await file.append('{"n":2}');

    expect((await stat(path)).size).toBe(size);
    expect(size).toBeGreaterThanOrEqual(4_096);
    expect(await linesOf(opened(path))).toEqual(['{"n":1}', '{"n":2}']);
  });
});

describe('when all lines are replaced', () => {
  it('holds the new ones alone, and takes further ones', async () => {
    const path = await journalPath();
    const file = opened(path);
    await file.append('{"n":1}');

    await file.replace(['{"n":2}']);
    await file.append('{"n":3}');

    expect(await readFile(path, 'utf8')).toBe('{"n":2}\n{"n":3}\n');
  });

  it('holds the old ones if it did not come to the end', async () => {
    const path = await journalPath();
    const file = opened(path, {
      afterSync: () => undefined,
      beforeSync: (n) => (n === 2 ? Promise.reject(new Error('killed')) : undefined),
    });
    await file.append('{"n":1}');

    await expect(file.replace(['{"n":2}'])).rejects.toThrow();

    expect(await linesOf(opened(path))).toEqual(['{"n":1}']);
  });
});

describe('when the folder is not there', () => {
  it('says so with a code', async () => {
    const file = opened(join(await tempDir(), 'missing', 'journal'));

    await expect(file.read()).rejects.toMatchObject({ code: 'storage-failed' });
  });
});
