// SPDX-License-Identifier: Apache-2.0
import { git } from '@fairlead/testing';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { at, bareRepository, fsck, oidOf, openedLog, revisionOf } from './fleet-log.fixture.ts';

const ref = 'refs/fairlead/recorded';

/** Commits that no reference holds, each the parent of the next. */
async function commitsIn(dir: string, count: number): Promise<readonly string[]> {
  const tree = (await git(dir, 'hash-object', '-w', '-t', 'tree', '/dev/null')).trim();
  const commits: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const parent = commits.at(-1);
    const args = parent === undefined ? [] : ['-p', parent];
    commits.push((await git(dir, 'commit-tree', '-m', String(i), ...args, tree)).trim());
  }
  return commits;
}

const held = async (dir: string, name = ref): Promise<string> =>
  (await git(dir, 'for-each-ref', '--format=%(objectname)', name)).trim();

describe('when a commit is recorded', () => {
  it('holds the newest of them, and none of a rewritten history', async () => {
    const dir = await bareRepository();
    const [first = '', second = '', other = ''] = await commitsIn(dir, 3);
    const { log } = await openedLog(dir);
    expect(await held(dir)).toBe('');
    await log.append([revisionOf(first, 1)]);
    expect(await held(dir)).toBe(first);
    await log.append([{ kind: 'refused', at, commit: second, code: 'invalid-input', diagnostics: [] }]);
    expect(await held(dir)).toBe(second);
    await log.append([{ kind: 'refused', at, commit: other, code: 'history-rewritten', diagnostics: [] }]);
    expect(await held(dir)).toBe(second);
    await git(dir, 'gc', '-q', '--prune=now');
    expect(await git(dir, 'cat-file', '-t', first)).toBe('commit\n');
    await fsck(dir);
  });

  it('keeps each branch by itself', async () => {
    const dir = await bareRepository();
    const [first = ''] = await commitsIn(dir, 1);
    const { log } = await openedLog(dir, { branch: 'line/2' });
    await log.append([revisionOf(first, 1)]);
    expect([await held(dir), await held(dir, `${ref}-line%2F2`)]).toEqual(['', first]);
  });

  it('records it also where the reference cannot be moved, and makes it good later', async () => {
    const dir = await bareRepository();
    const [first = '', second = ''] = await commitsIn(dir, 2);
    const { log } = await openedLog(dir);
    const lock = join(dir, `${ref}.lock`);
    await log.append([revisionOf(first, 1)]);
    await writeFile(lock, '');
    expect(await log.append([revisionOf(second, 2)])).toMatchObject({ ok: true });
    expect(await held(dir)).toBe(first);
    await rm(lock);
    await openedLog(dir);
    expect(await held(dir)).toBe(second);
    await git(dir, 'update-ref', '-d', ref);
    await log.sync();
    expect(await held(dir)).toBe(second);
  });

  it('leaves the reference where another server has moved it on already', async () => {
    const dir = await bareRepository();
    const [first = '', second = ''] = await commitsIn(dir, 2);
    const { log } = await openedLog(dir);
    await git(dir, 'update-ref', ref, second);
    await log.append([revisionOf(first, 1)]);
    expect(await held(dir)).toBe(second);
  });

  it('makes no reference to a commit that is gone, which would stop gc', async () => {
    const dir = await bareRepository();
    const { log } = await openedLog(dir);
    expect(await log.append([revisionOf(oidOf('gone'), 1)])).toMatchObject({ ok: true });
    expect(await held(dir)).toBe('');
    await git(dir, 'gc', '-q', '--prune=now');
  });
});
