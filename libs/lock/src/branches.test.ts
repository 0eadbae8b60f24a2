// SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git, startGitHttp, tempDir } from '@fairlead/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { newResolver } from './host.fixture.ts';

const { signal } = new AbortController();

async function newRemote() {
  const dir = await tempDir('branches');
  const [root, work] = [join(dir, 'root'), join(dir, 'work')];
  await mkdir(root);
  await git(dir, 'init', '-q', '-b', 'main', work);
  await git(work, 'commit', '-q', '--allow-empty', '-m', 'first');
  await git(work, 'branch', 'main-next');
  await git(work, 'commit', '-q', '--allow-empty', '-m', 'second');
  await git(dir, 'clone', '-q', '--bare', work, join(root, 'app.git'));
  const http = await startGitHttp({ root });
  onTestFinished(() => http.close());
  const commit = (await git(work, 'rev-parse', 'main')).trim();
  return { http, repository: http.url('app.git'), commit, dir };
}

const branchOf = (repository: string, branch: string, gitCredentialsFile?: string, idleMs = 10_000) =>
  newResolver({ gitCredentialsFile, idleMs }).resolve({ kind: 'branch', repository, branch }, signal);

describe('when a branch is resolved', () => {
  it('is the commit that the remote has there', async () => {
    const { repository, commit } = await newRemote();
    expect(await branchOf(repository, 'main')).toEqual({ kind: 'branch', entry: { commit } });
    await expect(branchOf(repository, 'mai')).rejects.toMatchObject({
      code: 'reference-missing',
      message: `${repository} has no branch 'mai'`,
    });
    await expect(branchOf(`${repository}x`, 'main')).rejects.toMatchObject({ code: 'repository-missing' });
  });

  it('logs in with what the file gives for this host', async () => {
    const { http, repository, commit, dir } = await newRemote();
    http.admit('bot:token');
    const file = join(dir, 'credentials');
    await writeFile(file, `bot:token@127.0.0.1:${String(http.port)}\n`);
    await expect(branchOf(repository, 'main')).rejects.toMatchObject({ code: 'credentials-refused' });
    expect(await branchOf(repository, 'main', file)).toEqual({ kind: 'branch', entry: { commit } });
  });

  it('tells a remote that does not answer from what is no remote', async () => {
    const { http, repository } = await newRemote();
    http.behave('cut');
    await expect(branchOf(repository, 'main')).rejects.toMatchObject({ code: 'remote-unreachable' });
    http.behave('stuck');
    await expect(branchOf(repository, 'main', undefined, 300)).rejects.toMatchObject({ code: 'remote-slow' });
    for (const address of ['/srv/app.git', 'http://example.org/app.git', 'https://u:p@example.org/app.git'])
      await expect(branchOf(address, 'main')).rejects.toMatchObject({ code: 'invalid-value' });
  });
});
