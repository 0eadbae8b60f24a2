// SPDX-License-Identifier: Apache-2.0
import { git, systemClock, tempDir } from '@fairlead/testing';
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRepository, type Repository } from './repository.ts';
import { createSnapshotReader, type Snapshot } from './snapshot.ts';

async function repositoryWith(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await tempDir('snapshot');
  await git(dir, 'init', '-q', '-b', 'main');
  await commitFiles(dir, files);
  return dir;
}

async function commitFiles(dir: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  await git(dir, 'add', '-A');
  await git(dir, 'commit', '-qm', 'change');
  return (await git(dir, 'rev-parse', 'HEAD')).trim();
}

async function opened(path: string): Promise<Repository> {
  const repository = await openRepository(path, { clock: systemClock });
  if (!repository.ok) throw new Error(repository.error.message);
  return repository.value;
}

function counting(repository: Repository): {
  readonly trees: string[];
  readonly objects: Repository['objects'];
} {
  const trees: string[] = [];
  return {
    trees,
    objects: {
      ...repository.objects,
      tree: (oid) => {
        trees.push(oid);
        return repository.objects.tree(oid);
      },
    },
  };
}

async function lsTree(dir: string): Promise<Record<string, string>> {
  const lines = (await git(dir, 'ls-tree', '-r', '-z', 'HEAD')).split('\0').filter((line) => line !== '');
  return Object.fromEntries(lines.map((line) => [line.split('\t')[1] ?? '', line.split(/[ \t]/)[2] ?? '']));
}

function oids(snapshot: Snapshot): Record<string, string> {
  return Object.fromEntries([...snapshot.files].map(([path, { oid }]) => [path, oid]));
}

describe('when a commit is read', () => {
  for (const packed of [false, true]) {
    it(`gives what git ls-tree gives, from ${packed ? 'packs' : 'loose objects'}`, async () => {
      const dir = await repositoryWith({
        'a.json': '{}',
        'pods/x.yaml': 'x',
        'pods/deep/y.yaml': 'y',
        'pods.txt': 'p',
        ünïcode: 'u',
      });
      await symlink('a.json', join(dir, 'link'));
      await chmod(join(dir, 'a.json'), 0o755);
      const commit = await commitFiles(dir, {});
      if (packed) await git(dir, 'gc', '-q');
      const repository = await opened(dir);
      const snapshot = await createSnapshotReader(repository.objects).read(commit);
      if (!snapshot.ok) throw new Error(snapshot.error.message);
      expect(oids(snapshot.value)).toEqual(await lsTree(dir));
      expect(snapshot.value.files.get('link')?.kind).toBe('symlink');
      expect(snapshot.value.tree).toBe((await git(dir, 'rev-parse', 'HEAD^{tree}')).trim());
      const time = (await git(dir, 'log', '-1', '--format=%ct')).trim();
      expect(Date.parse(snapshot.value.time)).toBe(Number(time) * 1000);
    });
  }

  it('names a submodule as what it is', async () => {
    const dir = await repositoryWith({ a: 'a' });
    const head = (await git(dir, 'rev-parse', 'HEAD')).trim();
    await git(dir, 'update-index', '--add', '--cacheinfo', `160000,${head},module`);
    await git(dir, 'commit', '-qm', 'module');
    const repository = await opened(dir);
    const snapshot = await createSnapshotReader(repository.objects).read(
      (await git(dir, 'rev-parse', 'HEAD')).trim(),
    );
    expect(snapshot.ok && snapshot.value.files.get('module')).toEqual({ oid: head, kind: 'submodule' });
  });
});

describe('when one file of many changes', () => {
  it('opens only the folders on its path', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [`d${String(i % 20)}/e/${String(i)}.json`, String(i)]),
    );
    const dir = await repositoryWith(files);
    const before = (await git(dir, 'rev-parse', 'HEAD')).trim();
    const after = await commitFiles(dir, { 'd7/e/7.json': 'changed' });
    const { trees, objects } = counting(await opened(dir));
    const reader = createSnapshotReader(objects);
    const [old, now] = [await reader.read(before), await reader.read(after)];
    if (!old.ok || !now.ok) throw new Error('unreadable');
    expect(trees).toHaveLength(41 + 3);
    expect(oids(now.value)).toEqual(await lsTree(dir));

    const fresh = counting(await opened(dir));
    const diff = await createSnapshotReader(fresh.objects).diff(old.value.tree, now.value.tree);
    expect(fresh.trees).toHaveLength(6);
    expect(diff).toEqual({
      ok: true,
      value: [
        {
          path: 'd7/e/7.json',
          before: old.value.files.get('d7/e/7.json'),
          after: now.value.files.get('d7/e/7.json'),
        },
      ],
    });
  });

  it('sees additions, removals, and a file that became a folder', async () => {
    const dir = await repositoryWith({ keep: 'k', gone: 'g', turns: 'file' });
    const repository = await opened(dir);
    const reader = createSnapshotReader(repository.objects);
    const old = await reader.read((await git(dir, 'rev-parse', 'HEAD')).trim());
    await git(dir, 'rm', '-q', 'gone', 'turns');
    const now = await reader.read(await commitFiles(dir, { 'turns/inside': 'i', added: 'a' }));
    if (!old.ok || !now.ok) throw new Error('unreadable');
    const diff = await reader.diff(old.value.tree, now.value.tree);
    const changes = diff.ok
      ? diff.value.map(
          ({ path, before, after }) =>
            `${before === null ? '+' : '-'}${path}${before !== null && after !== null ? '*' : ''}`,
        )
      : [];
    expect(changes.sort()).toEqual(['+added', '+turns/inside', '-gone', '-turns']);
  });
});

describe('when an object is corrupt', () => {
  it('is a problem with its name, and is read again once repaired', async () => {
    const dir = await repositoryWith({ 'd/a': 'a' });
    const repository = await opened(dir);
    const reader = createSnapshotReader(repository.objects);
    const head = (await git(dir, 'rev-parse', 'HEAD')).trim();
    const tree = (await git(dir, 'rev-parse', 'HEAD:d')).trim();
    const path = join(dir, '.git/objects', tree.slice(0, 2), tree.slice(2));
    const whole = await readFile(path);
    await chmod(path, 0o644);
    for (const broken of ['', whole.subarray(0, whole.length - 4), Buffer.from('nonsense')]) {
      await writeFile(path, broken);
      const read = await reader.read(head);
      expect(read.ok ? '' : read.error.code).toBe('object-corrupt');
      expect(read.ok ? '' : read.error.message).toContain(tree);
    }
    await writeFile(path, whole);
    expect((await reader.read(head)).ok).toBe(true);
  });

  it('recovers from a damaged pack, too', async () => {
    const dir = await repositoryWith({ 'd/a': 'a' });
    await git(dir, 'gc', '-q');
    const repository = await opened(dir);
    const reader = createSnapshotReader(repository.objects);
    const head = (await git(dir, 'rev-parse', 'HEAD')).trim();
    const packs = join(dir, '.git/objects/pack');
    const name = (await readdir(packs)).find((entry) => entry.endsWith('.pack')) ?? '';
    const path = join(packs, name);
    const whole = await readFile(path);
    await chmod(path, 0o644);
    await writeFile(path, Buffer.concat([whole.subarray(0, 30), Buffer.alloc(whole.length - 30)]));
    expect(await reader.read(head)).toMatchObject({ ok: false, error: { code: 'object-corrupt' } });
    await writeFile(path, whole);
    expect((await reader.read(head)).ok).toBe(true);
  });

  it('reads on while git repacks underneath', async () => {
    const dir = await repositoryWith({ a: '0' });
    const reader = createSnapshotReader((await opened(dir)).objects);
    for (let i = 1; i <= 4; i += 1) {
      const head = await commitFiles(dir, { a: String(i), [`d${String(i)}/f`]: 'x' });
      await git(dir, 'repack', '-adq');
      expect((await reader.read(head)).ok).toBe(true);
    }
  });
});
