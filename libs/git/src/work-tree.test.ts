// SPDX-License-Identifier: Apache-2.0
import { git, tempDir } from '@fairlead/testing';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readWorkTree, type WorkTree } from './work-tree.ts';

const { signal } = new AbortController();

async function newRepository(): Promise<string> {
  const dir = await tempDir('work-tree');
  await git(dir, 'init', '-q', '-b', 'main');
  return dir;
}

/** Tree, and every file with its text (of what is no file, its kind). */
async function held(dir: string): Promise<{ readonly tree: string; readonly files: Record<string, string> }> {
  const read = await readWorkTree(dir, signal, async ({ tree, files, read }: WorkTree) => {
    const stored = [...files.values()].filter(({ kind }) => kind === 'file');
    const blobs = await read(
      stored.map(({ oid }) => oid),
      100,
    );
    const texts = [...files].map(([path, { oid, kind }]) => {
      const bytes = blobs.get(oid);
      return [
        path,
        kind === 'file' ? (bytes === undefined ? 'left out' : Buffer.from(bytes).toString()) : kind,
      ];
    });
    return { tree, files: Object.fromEntries(texts) as Record<string, string> };
  });
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
}

/** All that could have been written to. */
async function repositoryState(dir: string): Promise<unknown> {
  const names = (await readdir(join(dir, '.git'), { recursive: true })).sort();
  return { names, index: await readFile(join(dir, '.git/index'), 'hex') };
}

describe('when a work tree is read', () => {
  it('holds what git add --all would store: changed, new and not ignored, without what was removed', async () => {
    const dir = await newRepository();
    await mkdir(join(dir, 'sub/deep'), { recursive: true });
    await writeFile(join(dir, '.gitattributes'), '*.json text eol=crlf\n*.up filter=up\n');
    await writeFile(join(dir, '.gitignore'), 'ignored*\n');
    for (const name of ['kept', 'changed', 'gone', 'staged']) await writeFile(join(dir, name), 'before');
    await git(dir, 'add', '.');
    await git(dir, 'commit', '-qm', 'first');
    await git(dir, 'config', 'filter.up.clean', 'tr a-z A-Z');
    await writeFile(join(dir, 'changed'), 'after');
    await writeFile(join(dir, 'staged'), 'staged');
    await git(dir, 'add', 'staged');
    await writeFile(join(dir, 'staged'), 'later');
    await rm(join(dir, 'gone'));
    await writeFile(join(dir, 'ignored.json'), 'x');
    await writeFile(join(dir, 'sub/deep/ä b.json'), 'a\r\nb\r\n');
    await writeFile(join(dir, 'loud.up'), 'quiet');
    await writeFile(join(dir, 'large'), 'x'.repeat(101));
    await symlink('kept', join(dir, 'link'));

    const before = await repositoryState(dir);
    const { tree, files } = await held(dir);

    expect(files).toEqual({
      '.gitattributes': '*.json text eol=crlf\n*.up filter=up\n',
      '.gitignore': 'ignored*\n',
      kept: 'before',
      changed: 'after',
      staged: 'later',
      'sub/deep/ä b.json': 'a\nb\n',
      'loud.up': 'QUIET',
      large: 'left out',
      link: 'symlink',
    });
    expect(await repositoryState(dir)).toEqual(before);
    await git(dir, 'add', '--all');
    await git(dir, 'commit', '-qm', 'second');
    expect((await git(dir, 'rev-parse', 'HEAD^{tree}')).trim()).toBe(tree);
  });

  it('takes another repository inside for a submodule, and reads one without a commit, and a linked work tree', async () => {
    const dir = await newRepository();
    await git(dir, 'init', '-q', 'inner');
    await git(join(dir, 'inner'), 'commit', '-q', '--allow-empty', '-m', 'inner');
    await writeFile(join(dir, 'a'), 'new');
    expect((await held(dir)).files).toEqual({ a: 'new', inner: 'submodule' });

    await git(dir, 'add', 'a');
    await git(dir, 'commit', '-qm', 'first');
    const linked = join(await tempDir('linked'), 'tree');
    await git(dir, 'worktree', 'add', '-q', linked);
    await writeFile(join(linked, 'b'), 'linked');
    expect((await held(linked)).files).toEqual({ a: 'new', b: 'linked' });
  });

  it('runs no hook, and is not led elsewhere by the environment that git gives to its hooks', async () => {
    const dir = await newRepository();
    await writeFile(join(dir, 'a'), 'here');
    await writeFile(join(dir, '.git/hooks/post-index-change'), `#!/bin/sh\ntouch '${dir}/ran'\n`, {
      mode: 0o755,
    });
    const other = await newRepository();
    process.env['GIT_DIR'] = join(other, '.git');
    process.env['GIT_INDEX_FILE'] = join(other, '.git/none');
    try {
      expect((await held(dir)).files).toEqual({ a: 'here' });
    } finally {
      delete process.env['GIT_DIR'];
      delete process.env['GIT_INDEX_FILE'];
    }
    expect((await held(dir)).files).toEqual({ a: 'here' });
  });

  it('gives no answer of which a part is missing', async () => {
    const read = readWorkTree(await newRepository(), signal, ({ read: ask }) => ask(['f'.repeat(40)], 100));
    await expect(read).rejects.toMatchObject({ code: 'object-corrupt' });
  });

  it('says what git says where it cannot be read', async () => {
    const dir = await newRepository();
    await writeFile(join(dir, '.gitattributes'), '* filter=broken\n');
    await git(dir, 'config', 'filter.broken.clean', 'false');
    await git(dir, 'config', 'filter.broken.required', 'true');
    const read = await readWorkTree(dir, signal, async () => 'never');
    expect(read).toMatchObject({
      ok: false,
      error: { code: 'repository-unreadable', message: expect.stringContaining('broken') },
    });
  });
});
