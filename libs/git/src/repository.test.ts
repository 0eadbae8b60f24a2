// SPDX-License-Identifier: Apache-2.0
import { git, systemClock, tempDir } from '@fairlead/testing';
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRepository, type Repository } from './repository.ts';

async function withCommit(): Promise<string> {
  const dir = await tempDir('repo');
  await git(dir, 'init', '-q', '-b', 'main');
  await writeFile(join(dir, 'a.txt'), 'a\n');
  await git(dir, 'add', '.');
  await git(dir, 'commit', '-qm', 'one');
  return dir;
}

async function opened(path: string): Promise<Repository> {
  const repository = await openRepository(path, { clock: systemClock });
  if (!repository.ok) throw new Error(repository.error.message);
  return repository.value;
}

async function refusal(path: string): Promise<string> {
  const repository = await openRepository(path, { clock: systemClock });
  return repository.ok ? 'opened' : `${repository.error.code}: ${repository.error.message}`;
}

describe('when a repository is opened', () => {
  it('finds it with a work tree, bare, and through a linked work tree', async () => {
    const dir = await withCommit();
    const head = (await git(dir, 'rev-parse', 'HEAD')).trim();
    await git(dir, 'clone', '-q', '--bare', '.', 'bare.git');
    await git(dir, 'worktree', 'add', '-q', join(dir, 'linked'), '-b', 'side');
    for (const path of [dir, join(dir, 'bare.git'), join(dir, 'linked')]) {
      expect(await (await opened(path)).readRef('refs/heads/main')).toEqual({ ok: true, value: head });
    }
  });

  it('says where there is none', async () => {
    const dir = await tempDir('repo');
    expect(await refusal(dir)).toMatch(/^repository-missing/);
    expect(await refusal(join(dir, 'absent'))).toMatch(/^repository-missing/);
    await writeFile(join(dir, '.git'), 'gitdir: /nowhere\n');
    expect(await refusal(dir)).toMatch(/^repository-missing/);
  });

  it('refuses SHA-256 objects and other reference stores', async () => {
    const dir = await tempDir('repo');
    await git(dir, 'init', '-q', '--object-format=sha256');
    expect(await refusal(dir)).toMatch(/^repository-unsupported: objects are named by sha256/);
    const other = await withCommit();
    await git(other, 'config', 'extensions.refStorage', 'reftable');
    expect(await refusal(other)).toMatch(/^repository-unsupported: references are stored as reftable/);
    await git(other, 'config', '--unset', 'extensions.refStorage');
    await appendFile(join(other, '.git/config'), '[extensions] newThing = true\n');
    expect(await refusal(other)).toMatch(/^repository-unsupported: it uses the extension newthing/);
  });

  it('refuses shallow and partial clones', async () => {
    const dir = await withCommit();
    await git(dir, 'commit', '-q', '--allow-empty', '-m', 'two');
    await git(dir, 'clone', '-q', '--depth', '1', `file://${dir}`, 'shallow');
    expect(await refusal(join(dir, 'shallow'))).toMatch(/^shallow-clone/);
    await git(join(dir, 'shallow'), 'fetch', '-q', '--unshallow');
    expect(await refusal(join(dir, 'shallow'))).toBe('opened');
    await git(dir, 'config', 'uploadpack.allowFilter', 'true');
    await git(dir, 'clone', '-q', '--filter=blob:none', `file://${dir}`, 'partial');
    expect(await refusal(join(dir, 'partial'))).toMatch(/^repository-unsupported: it is a partial clone/);
  });

  it('refuses borrowed objects, replacements and grafts', async () => {
    const dir = await withCommit();
    const head = (await git(dir, 'rev-parse', 'HEAD')).trim();
    await git(dir, 'clone', '-q', '--shared', '.', 'borrowing');
    expect(await refusal(join(dir, 'borrowing'))).toMatch(/alternates/);
    await git(dir, 'commit', '-q', '--allow-empty', '-m', 'two');
    await git(dir, 'replace', 'HEAD', head);
    expect(await refusal(dir)).toMatch(/refs\/replace/);
    await git(dir, 'pack-refs', '--all');
    await rm(join(dir, '.git/refs/replace'), { recursive: true, force: true });
    expect(await refusal(dir)).toMatch(/refs\/replace/);
    await git(dir, 'replace', '-d', 'HEAD');
    expect(await refusal(dir)).toBe('opened');
    await mkdir(join(dir, '.git/info'), { recursive: true });
    await writeFile(join(dir, '.git/info/grafts'), `${head}\n`);
    expect(await refusal(dir)).toMatch(/grafts/);
  });
});

describe('when references are listed', () => {
  it('joins loose and packed ones, the loose one winning', async () => {
    const dir = await withCommit();
    const first = (await git(dir, 'rev-parse', 'HEAD')).trim();
    await git(dir, 'branch', 'deep/side');
    await git(dir, 'pack-refs', '--all');
    await git(dir, 'commit', '-q', '--allow-empty', '-m', 'two');
    const second = (await git(dir, 'rev-parse', 'HEAD')).trim();
    const refs = await (await opened(dir)).listRefs('refs/heads/');
    expect(refs).toEqual({
      ok: true,
      value: new Map([
        ['refs/heads/deep/side', first],
        ['refs/heads/main', second],
      ]),
    });
  });
});
