// SPDX-License-Identifier: Apache-2.0
import { git, gitEnv, run, systemClock, tempDir } from '@fairlead/testing';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { realDisk } from './disk.ts';
import { emptyTree } from './oid.ts';
import { takeLock } from './owned-lock.ts';
import { newOwner, ownerText } from './owner.ts';
import { openRepository, type Repository } from './repository.ts';
import { writeCommit } from './signed-commit.ts';

const signal = new AbortController().signal;
const ref = 'refs/fairlead/revisions';

async function prepared(lockWaitMs = 5000): Promise<{
  readonly dir: string;
  readonly repository: Repository;
  commit(text: string, parents?: string[]): Promise<string>;
}> {
  const dir = await tempDir('refs');
  await git(dir, 'init', '-q', '--bare');
  const repository = await openRepository(dir, { clock: systemClock, lockWaitMs });
  if (!repository.ok) throw new Error(repository.error.message);
  const { writeObject } = repository.value;
  await writeObject('tree', new Uint8Array());
  const author = { name: 'Fairlead', email: 'fairlead@localhost' };
  return {
    dir,
    repository: repository.value,
    commit: (message, parents = []) =>
      writeCommit(writeObject, { tree: emptyTree, parents, author, seconds: 1_700_000_000, message }),
  };
}

describe('when a reference is moved', () => {
  it('goes from nothing to a first value, and only from the expected one', async () => {
    const { dir, repository, commit } = await prepared();
    const [a, b] = [await commit('a'), await commit('b')];
    expect(await repository.updateRef({ ref, expected: null, oid: a }, signal)).toEqual({
      ok: true,
      value: undefined,
    });
    expect(await repository.updateRef({ ref, expected: null, oid: b }, signal)).toMatchObject({
      error: { kind: 'lost', actual: a },
    });
    expect(await repository.updateRef({ ref, expected: b, oid: b }, signal)).toMatchObject({
      error: { kind: 'lost', actual: a },
    });
    await git(dir, 'pack-refs', '--all');
    expect(await repository.updateRef({ ref, expected: null, oid: b }, signal)).toMatchObject({
      error: { kind: 'lost', actual: a },
    });
    expect((await repository.updateRef({ ref, expected: a, oid: b }, signal)).ok).toBe(true);
    expect((await git(dir, 'rev-parse', ref)).trim()).toBe(b);
  });

  it('reports a folder that cannot be written', async () => {
    const { dir, repository, commit } = await prepared();
    await writeFile(join(dir, 'refs/fairlead'), 'in the way');
    expect(await repository.updateRef({ ref, expected: null, oid: await commit('a') }, signal)).toMatchObject(
      {
        error: { kind: 'unwritable', problem: { code: 'log-unwritable' } },
      },
    );
  });
});

describe('when somebody holds the lock', () => {
  it('keeps native git out while it is ours', async () => {
    const { dir, repository, commit } = await prepared();
    const a = await commit('a');
    const lock = await takeLock(realDisk, join(dir, `${ref}.lock`), join(dir, 'fairlead'));
    expect(lock).toBeDefined();
    const native = await run('git', ['update-ref', ref, a], { cwd: dir, env: gitEnv });
    expect(native.code).not.toBe(0);
    await lock?.release();
    expect((await repository.updateRef({ ref, expected: null, oid: a }, signal)).ok).toBe(true);
  });

  it("never removes an empty lock, which is native git's", async () => {
    const { dir, repository, commit } = await prepared(50);
    const path = join(dir, `${ref}.lock`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '');
    expect(await repository.updateRef({ ref, expected: null, oid: await commit('a') }, signal)).toMatchObject(
      {
        error: { kind: 'held', problem: { code: 'ref-contended' } },
      },
    );
    expect((await stat(path)).size).toBe(0);
  });

  it('takes over what a dead process of ours left, and only that', async () => {
    const { dir, repository, commit } = await prepared(50);
    const path = join(dir, `${ref}.lock`);
    await mkdir(dirname(path), { recursive: true });
    const a = await commit('a');
    const mine = await newOwner();
    const living = [mine, { ...mine, host: 'another-machine', boot: 'other' }];
    for (const owner of living) {
      await writeFile(path, ownerText(owner));
      expect(await repository.updateRef({ ref, expected: null, oid: a }, signal)).toMatchObject({
        error: { kind: 'held' },
      });
    }
    let expected: string | null = null;
    for (const owner of [
      { ...mine, boot: 'before' },
      { ...mine, started: '1' },
      { ...mine, pid: 2 ** 30 },
    ]) {
      await writeFile(path, ownerText(owner));
      const oid = await commit(JSON.stringify(owner));
      expect((await repository.updateRef({ ref, expected, oid }, signal)).ok).toBe(true);
      expected = oid;
    }
    expect(await readdir(join(dir, 'fairlead'))).toEqual([]);
  });

  it('takes over even if whoever was taking over died, too', async () => {
    const { dir, repository, commit } = await prepared(50);
    const path = join(dir, `${ref}.lock`);
    await mkdir(dirname(path), { recursive: true });
    await mkdir(join(dir, 'fairlead'));
    const [first, second] = [
      { ...(await newOwner()), started: '1' },
      { ...(await newOwner()), started: '1' },
    ];
    await writeFile(path, ownerText(first));
    await writeFile(join(dir, 'fairlead', `remove-${first.nonce}`), ownerText(second));
    expect((await repository.updateRef({ ref, expected: null, oid: await commit('a') }, signal)).ok).toBe(
      true,
    );
    expect(await readdir(join(dir, 'fairlead'))).toEqual([]);
  });
});

describe('when native git and several of ours write at once', () => {
  it('loses no update of either', async () => {
    const { dir, repository, commit } = await prepared();
    const other = await openRepository(dir, { clock: systemClock });
    if (!other.ok) throw new Error(other.error.message);
    const each = 15;
    const ours = async (mine: Repository, name: string): Promise<void> => {
      for (let i = 0; i < each;) {
        const head = await mine.readRef(ref);
        if (!head.ok) throw new Error(head.error.message);
        const oid = await commit(`${name} ${String(i)}`, head.value === null ? [] : [head.value]);
        if ((await mine.updateRef({ ref, expected: head.value, oid }, signal)).ok) i += 1;
      }
    };
    const native = async (): Promise<void> => {
      for (let i = 0; i < each;) {
        const head = (
          await run('git', ['rev-parse', '-q', '--verify', ref], { cwd: dir, env: gitEnv })
        ).stdout.trim();
        const oid = await commit(`native ${String(i)}`, head === '' ? [] : [head]);
        const none = '0'.repeat(40);
        const moved = await run('git', ['update-ref', ref, oid, head === '' ? none : head], {
          cwd: dir,
          env: gitEnv,
        });
        if (moved.code === 0) i += 1;
        if (i % 5 === 0) await run('git', ['pack-refs', '--all'], { cwd: dir, env: gitEnv });
      }
    };
    await Promise.all([ours(repository, 'a'), ours(other.value, 'b'), native()]);
    const subjects = (await git(dir, 'log', '--format=%s', ref)).trim().split('\n');
    expect(subjects).toHaveLength(3 * each);
    expect(new Set(subjects).size).toBe(3 * each);
    expect(await readFile(join(dir, ref), 'utf8').catch(() => '')).not.toContain('fairlead');
  }, 60_000);
});
