// SPDX-License-Identifier: Apache-2.0
import { git, systemClock, tempDir } from '@fairlead/testing';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { mergeCommits, type Merge } from './merge-commits.ts';
import { openRepository } from './repository.ts';

const { signal } = new AbortController();

afterEach(() => {
  vi.unstubAllEnvs();
});

/** With the installed `git`, and where there is none. */
const ways = [
  ['git', () => undefined],
  ['no git', () => vi.stubEnv('PATH', '/nowhere')],
] as const;

interface Sides {
  readonly dir: string;
  readonly ours: string;
  readonly theirs: string;
}

type Change = Readonly<Record<string, string | null>>;

/** Two branches from one commit; null removes a file. */
async function fork(base: Change, ours: Change, theirs: Change): Promise<Sides> {
  const dir = await tempDir('merge');
  await git(dir, 'init', '-q', '-b', 'main');
  const commit = async (change: Change): Promise<string> => {
    for (const [path, text] of Object.entries(change)) {
      const file = join(dir, path);
      if (text === null) await rm(file);
      else {
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
      }
    }
    await git(dir, 'add', '-A');
    await git(dir, 'commit', '-qm', 'change', '--allow-empty');
    return (await git(dir, 'rev-parse', 'HEAD')).trim();
  };
  const from = await commit(base);
  const one = await commit(ours);
  await git(dir, 'checkout', '-q', '--detach', from);
  return { dir, ours: one, theirs: await commit(theirs) };
}

async function merged<T>({ dir, ours, theirs }: Sides, use: (merge: Merge) => Promise<T>): Promise<T> {
  const opened = await openRepository(dir, { clock: systemClock });
  if (!opened.ok) throw new Error(opened.error.message);
  const result = await mergeCommits(opened.value, { ours, theirs }, signal, use);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** Text by path, or the paths in conflict. */
async function outcome(sides: Sides): Promise<unknown> {
  return merged(sides, async (merge) => {
    if (merge.kind === 'conflict') return merge.paths;
    const oids = [...merge.files.values()].map(({ oid }) => oid);
    const blobs = await merge.blobs(oids, { maxBytes: 1000, signal });
    return Object.fromEntries(
      [...merge.files].map(([path, { oid }]) => {
        const blob = blobs.get(oid);
        return [path, blob?.ok === true ? Buffer.from(blob.value).toString() : blob?.error.code];
      }),
    );
  });
}

const lines = (...marks: readonly string[]): string => ['a', 'b', 'c', 'd', 'e', 'f', ...marks].join('\n');

describe.each(ways)('when two commits are merged with %s', (_way, prepare) => {
  it('follows whoever changed, added or removed a file', async () => {
    const sides = await fork(
      { 'both.txt': '1', 'ours.txt': '1', 'sub/theirs.txt': '1', 'gone.txt': '1', 'same.txt': '1' },
      { 'ours.txt': '2', 'gone.txt': null, 'new/ours.txt': '1', 'same.txt': '2' },
      { 'sub/theirs.txt': '2', 'new/theirs.txt': '1', 'same.txt': '2' },
    );
    prepare();
    expect(await outcome(sides)).toEqual({
      'both.txt': '1',
      'ours.txt': '2',
      'sub/theirs.txt': '2',
      'same.txt': '2',
      'new/ours.txt': '1',
      'new/theirs.txt': '1',
    });
  });

  it('names the files that both changed', async () => {
    const sides = await fork(
      { 'a.txt': '1', 'b.txt': '1', 'c.txt': '1' },
      { 'a.txt': '2', 'b.txt': null, 'c.txt': '2' },
      { 'a.txt': '3', 'b.txt': '3' },
    );
    prepare();
    expect(await outcome(sides)).toEqual(['a.txt', 'b.txt']);
  });

  it('leaves the repository as it is, and nothing behind', async () => {
    const sides = await fork({ a: lines() }, { a: lines('x') }, { b: '1' });
    const state = async (): Promise<unknown> => [
      await git(sides.dir, 'for-each-ref'),
      (await readdir(join(sides.dir, '.git'), { recursive: true })).sort(),
    ];
    const before = await state();
    const temporary = await tempDir('temporary');
    vi.stubEnv('TMPDIR', temporary);
    prepare();
    await outcome(sides);
    vi.unstubAllEnvs();
    expect(await state()).toEqual(before);
    expect(await readdir(temporary)).toEqual([]);
  });

  it('finds no merge of what has no history in common', async () => {
    const { dir, ours } = await fork({ a: '1' }, {}, {});
    await git(dir, 'checkout', '-q', '--orphan', 'other');
    await git(dir, 'commit', '-qm', 'other');
    const theirs = (await git(dir, 'rev-parse', 'HEAD')).trim();
    prepare();
    expect(await outcome({ dir, ours, theirs })).toEqual([]);
  });
});

describe('when both changed a file in different places', () => {
  it('merges the contents as git does, and names the tree that git would make', async () => {
    const sides = await fork({ a: lines() }, { a: lines('end') }, { a: `begin\n${lines()}` });
    expect(await outcome(sides)).toEqual({ a: `begin\n${lines('end')}` });
    const tree = await merged(sides, (merge) => Promise.resolve(merge.kind === 'merged' ? merge.tree : null));
    await git(sides.dir, 'checkout', '-q', 'main');
    await git(sides.dir, 'merge', '-q', '-m', 'merge', sides.theirs);
    expect(tree).toBe((await git(sides.dir, 'rev-parse', 'HEAD^{tree}')).trim());
  });

  it('runs no program that Git is set up with for such files: that is a conflict', async () => {
    const sides = await fork({ a: lines() }, { a: lines('end') }, { a: `begin\n${lines()}` });
    const ran = join(sides.dir, 'ran');
    await git(sides.dir, 'config', 'merge.Own=.driver', `touch '${ran}'`);
    await writeFile(join(sides.dir, '.git/info/attributes'), '* merge=Own=\n');
    expect(await outcome(sides)).toEqual(['a']);
    await expect(stat(ran)).rejects.toThrow('ENOENT');
  });

  it('says so where there is no git', async () => {
    const sides = await fork({ a: lines() }, { a: lines('end') }, { a: `begin\n${lines()}` });
    vi.stubEnv('PATH', '/nowhere');
    expect(await outcome(sides)).toEqual(['a']);
  });
});

describe('when one made a folder of what the other made a file', () => {
  it('is a conflict without git too', async () => {
    const sides = await fork({ b: '1' }, { 'a/x': '1' }, { a: '1' });
    vi.stubEnv('PATH', '/nowhere');
    expect(await outcome(sides)).toEqual(['a/x']);
  });
});
