// SPDX-License-Identifier: Apache-2.0
import { openRepository, type Repository } from '@fairlead/git';
import { git, systemClock, tempDir } from '@fairlead/testing';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCommitCompiler } from './commit-compiler.ts';

const device = '0b1e7a52-3c64-4f0e-8d0b-5a1c9f2e4d01';
const { signal } = new AbortController();

async function fleet(): Promise<{
  dir: string;
  repository: Repository;
  commit(job: string): Promise<string>;
}> {
  const dir = await tempDir('commits');
  await git(dir, 'init', '-q', '-b', 'main');
  const opened = await openRepository(dir, { clock: systemClock });
  if (!opened.ok) throw new Error(opened.error.message);
  return {
    dir,
    repository: opened.value,
    async commit(job) {
      const files = {
        'fleet.json': {
          id: '5f4be3c2-8f0d-4c57-9a41-6f1f0d0c7e11',
          groups: { all: { 'running-config': ['running/a.json'] } },
        },
        'devices.json': { [device]: { group: 'all' } },
        'running/a.json': { config: 'running', jobs: [{ job, exec_cmd: 'sleep', exec_args: ['1000'] }] },
        'trust/root/1.json': {},
      };
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(dir, path)), { recursive: true });
        await writeFile(join(dir, path), JSON.stringify(content));
      }
      await git(dir, 'add', '--all');
      await git(dir, 'commit', '-q', '-m', job);
      return (await git(dir, 'rev-parse', 'HEAD')).trim();
    },
  };
}

describe('when commits of a repository are compiled one after another', () => {
  it('each means what it means to a compiler that knows no other', async () => {
    const { repository, commit } = await fleet();
    const commits = [await commit('first'), await commit('second')];
    const compiler = createCommitCompiler(repository, 'main');
    for (const [index, oid] of commits.entries()) {
      const compiled = await compiler.compile(oid, signal);
      const alone = await createCommitCompiler(repository, 'main').compile(oid, signal);
      if (!compiled.ok || compiled.value.kind !== 'compiled') throw new Error('it compiles');
      if (!alone.ok || alone.value.kind !== 'compiled') throw new Error('it compiles alone');
      expect(compiled.value.manifest).toMatchObject({ commit: oid, branch: 'main', counter: index + 1 });
      expect(compiled.value.revision).toBe(alone.value.revision);
    }
  });

  it('an object that is gone is the repository’s problem, not an error of the commit', async () => {
    const { dir, repository, commit } = await fleet();
    const oid = await commit('first');
    const blob = (await git(dir, 'rev-parse', `${oid}:running/a.json`)).trim();
    await rm(join(dir, '.git/objects', blob.slice(0, 2), blob.slice(2)), { force: true });
    const compiled = await createCommitCompiler(repository, 'main').compile(oid, signal);
    expect(compiled).toMatchObject({ ok: false, error: { code: 'object-corrupt' } });
  });
});
