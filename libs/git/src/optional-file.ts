// SPDX-License-Identifier: Apache-2.0
import { errnoOf } from '@fairlead/base';
import { readFile, readdir, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';

const absent = new Set(['ENOENT', 'ENOTDIR']);

/** The text of a file, undefined where there is none. A folder in its place counts as none. */
export async function textOf(path: string): Promise<string | undefined> {
  return orUndefined(readFile(path, 'utf8'), 'EISDIR');
}

export async function bytesOf(path: string): Promise<Buffer | undefined> {
  return orUndefined(readFile(path), 'EISDIR');
}

/** The names in a folder, none where there is no folder. */
export async function namesIn(path: string): Promise<readonly string[]> {
  return (await orUndefined(readdir(path))) ?? [];
}

export async function statsOf(path: string): Promise<Stats | undefined> {
  return orUndefined(stat(path));
}

async function orUndefined<T>(work: Promise<T>, ...also: readonly string[]): Promise<T | undefined> {
  try {
    return await work;
  } catch (thrown) {
    const errno = errnoOf(thrown) ?? '';
    if (absent.has(errno) || also.includes(errno)) return undefined;
    throw thrown;
  }
}
