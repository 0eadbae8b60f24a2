// SPDX-License-Identifier: Apache-2.0
import { git, runOk, gitEnv, systemClock, tempDir } from '@fairlead/testing';
import { chmod, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRepository, type Repository } from './repository.ts';

const signal = new AbortController().signal;

interface Line {
  readonly dir: string;
  readonly repository: Repository;
  /** The oldest first. */
  readonly oids: readonly string[];
}

/** Commits each with another text in `n.txt`, every third without. */
async function lineOf(count: number): Promise<Line> {
  const dir = await tempDir('walk');
  await git(dir, 'init', '-q', '--bare', '-b', 'main');
  const commits = Array.from({ length: count }, (_, n) => {
    const change = n % 3 === 2 ? 'D n.txt\n' : `M 644 inline n.txt\ndata <<E\ntext ${String(n)}\nE\n`;
    return `commit refs/heads/main\ncommitter A <a@x> ${String(n + 1)} +0000\ndata 1\nx\n${change}`;
  });
  await runOk('git', ['fast-import', '--quiet'], { cwd: dir, env: gitEnv, input: commits.join('\n') });
  const opened = await openRepository(dir, { clock: systemClock });
  if (!opened.ok) throw new Error(opened.error.message);
  const oids = (await git(dir, 'rev-list', '--reverse', 'main')).trim().split('\n');
  return { dir, repository: opened.value, oids };
}

async function textsOf({ repository }: Line, oids: readonly string[], useGit: boolean) {
  const texts: (string | undefined)[] = [];
  const options = { files: ['n.txt'], maxBytes: 1000, signal, useGit };
  for await (const read of repository.commits(oids, options)) {
    if (!read.ok) texts.push(read.error.code);
    else texts.push(Buffer.from(read.value.files.get('n.txt') ?? '').toString());
  }
  return texts;
}

describe('when a line of commits is walked', () => {
  it.each([true, false])('finds the same short and long, with git: %s', async (useGit) => {
    const line = await lineOf(100);
    const { oids, repository } = line;
    const walk = async (head: string | undefined, until: string | undefined) => {
      const found = await repository.firstParents(
        { head: head ?? null, until: until ?? null },
        { signal, useGit },
      );
      return found.ok ? found.value : found.error.code;
    };
    expect(await walk(oids[99], undefined)).toEqual(oids);
    expect(await walk(oids[99], oids[10])).toEqual(oids.slice(11));
    expect(await walk(oids[99], oids[97])).toEqual(oids.slice(98));
    expect(await walk(oids[99], oids[99])).toEqual([]);
    expect(await walk(oids[60], oids[61])).toEqual(undefined);
    expect(await walk(undefined, undefined)).toEqual([]);
    expect(await walk(undefined, oids[3])).toEqual(undefined);
    expect(await textsOf(line, oids, useGit)).toEqual(
      oids.map((_, n) => (n % 3 === 2 ? '' : `text ${String(n)}\n`)),
    );
  });

  it('ends at an object that is not what its name says, and with git as without', async () => {
    const line = await lineOf(100);
    const { dir, oids } = line;
    const packs = join(dir, 'objects/pack');
    const [pack = ''] = (await readdir(packs)).filter((name) => name.endsWith('.pack'));
    await runOk('sh', ['-c', `mv ${packs}/${pack} . && git unpack-objects -q < ${pack}`], {
      cwd: dir,
      env: gitEnv,
    });
    await rm(packs, { recursive: true });
    const blob = (await git(dir, 'rev-parse', `${oids[51] ?? ''}:n.txt`)).trim();
    const other = (await git(dir, 'rev-parse', `${oids[52] ?? ''}:n.txt`)).trim();
    const pathOf = (oid: string): string => join(dir, 'objects', oid.slice(0, 2), oid.slice(2));
    await chmod(pathOf(blob), 0o644);
    await runOk('cp', [pathOf(other), pathOf(blob)], { env: gitEnv });
    for (const useGit of [true, false]) {
      const texts = await textsOf(line, oids, useGit);
      expect(texts).toHaveLength(52);
      expect(texts.at(-1)).toBe('object-corrupt');
    }
  });

  it('refuses a file that is larger than asked for, with git as without', async () => {
    const { oids, repository } = await lineOf(40);
    for (const useGit of [true, false]) {
      const sizes: string[] = [];
      for await (const read of repository.commits(oids, { files: ['n.txt'], maxBytes: 7, signal, useGit }))
        sizes.push(read.ok ? 'read' : read.error.code);
      // The eleventh text is one digit longer.
      expect(sizes).toEqual([...oids.slice(0, 10).map(() => 'read'), 'file-too-large']);
    }
  });

  it('answers without git too', async () => {
    const line = await lineOf(40);
    await writeFile(join(line.dir, 'config'), '[core]\nrepositoryformatversion = 9\n');
    const { oids, repository } = line;
    const found = await repository.firstParents({ head: oids[39] ?? '', until: null }, { signal });
    expect(found).toEqual({ ok: true, value: oids });
    expect(await textsOf(line, oids, true)).toHaveLength(40);
  });
});
