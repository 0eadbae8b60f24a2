// SPDX-License-Identifier: Apache-2.0
import { git, gitEnv, runOk, startGitHttp, tempDir, waitFor, type GitHttp } from '@fairlead/testing';
import { createHmac } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  bareOf,
  newFleet,
  noteOn,
  recordOf,
  recordsIn,
  startServer,
  type Fleet,
  type TestServer,
} from './server.fixture.ts';

const allowed = 120_000;

interface Hosted {
  readonly fleet: Fleet;
  readonly bare: string;
  readonly http: GitHttp;
  readonly url: string;
  push(...flags: readonly string[]): Promise<void>;
}

/** A fleet whose repository is behind a real Git server. */
async function hosted(): Promise<Hosted> {
  const fleet = await newFleet();
  const bare = await bareOf(fleet);
  const http = await startGitHttp({ root: dirname(bare) });
  onTestFinished(() => http.close());
  const push = async (...flags: readonly string[]): Promise<void> => {
    await git(fleet.dir, 'push', '-q', ...flags, 'origin', 'main');
  };
  return { fleet, bare, http, url: http.url('bare.git'), push };
}

async function fileOf(text: string): Promise<string> {
  const path = join(await tempDir('secret'), 'file');
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

async function sound(repo: string): Promise<void> {
  await runOk('git', ['fsck', '--strict', '--no-dangling'], { cwd: repo, env: gitEnv });
}

describe('when the fleet repository is on another machine', () => {
  it(
    'deploys what is pushed there, and its log and notes stand there',
    async () => {
      const { fleet, bare, url, push } = await hosted();
      const server = await startServer(fleet, url);
      const first = await fleet.head();
      await recordOf(bare, 'revision', first);
      await server.isReady();
      const second = await fleet.commit({ 'README.md': 'two' });
      await push();
      await recordOf(bare, 'revision', second);
      expect(await server.program.end('SIGTERM')).toEqual({ code: 0, signal: null });
      await noteOn(bare, first, 'Revision sha256:');
      await sound(bare);
      expect(await git(bare, 'rev-parse', 'refs/fairlead/recorded')).toBe(`${second}\n`);
    },
    allowed,
  );

  it(
    'lets two servers race, and each commit is recorded once',
    async () => {
      const { fleet, bare, url, push } = await hosted();
      const servers = await Promise.all([startServer(fleet, url), startServer(fleet, url)]);
      await recordOf(bare, 'revision', await fleet.head());
      for (let count = 2; count <= 3; count += 1) {
        const commit = await fleet.commit({ 'README.md': String(count) });
        await push();
        await recordOf(bare, 'revision', commit);
      }
      await Promise.all(servers.map((server) => server.isReady()));
      const revisions = (await recordsIn(bare)).filter(({ kind }) => kind === 'revision');
      expect(revisions).toHaveLength(3);
      await Promise.all(servers.map((server) => server.program.end('SIGTERM')));
      await sound(bare);
    },
    allowed,
  );

  it(
    'says that the remote is gone, stays up, and goes on when it is back',
    async () => {
      const { fleet, bare, http, url, push } = await hosted();
      const server = await startServer(fleet, url);
      await recordOf(bare, 'revision', await fleet.head());
      await server.isReady();
      http.behave('cut');
      await server.reports('remote-unreachable');
      const second = await fleet.commit({ 'README.md': 'two' });
      await push();
      http.behave('well');
      await recordOf(bare, 'revision', second);
      await server.isReady();
      // Also one that takes every question and answers none is no reason to stay when it is asked to end.
      const asked = http.requests().length;
      http.behave('stuck');
      await waitFor(() => http.requests().length > asked);
      expect(await server.program.end('SIGTERM')).toEqual({ code: 0, signal: null });
    },
    allowed,
  );

  it(
    'takes a right token without a restart, and shows it to nobody',
    async () => {
      const { fleet, bare, http, url } = await hosted();
      const token = 'glpat-0123456789/+="';
      http.admit(`deploy:${token}`);
      const file = await fileOf(`deploy:wrong@127.0.0.1:${String(http.port)}\n`);
      const server = await startServer(fleet, url, { more: ['--git-credentials-file', file] });
      await server.reports('credentials-refused');
      await writeFile(file, `other:x@example.org\ndeploy:${token}@127.0.0.1:${String(http.port)}\n`);
      await recordOf(bare, 'revision', await fleet.head());
      await server.isReady();
      const seen = [server.program.stderr(), server.program.stdout().join('\n')];
      seen.push(await readFile(`/proc/${String(server.program.pid)}/cmdline`, 'utf8'));
      for (const name of await readdir(join(server.data, 'mirrors'), { recursive: true })) {
        const path = join(server.data, 'mirrors', name);
        if (/config|HEAD|refs/.test(name)) seen.push(await readFile(path, 'utf8').catch(() => ''));
      }
      for (const text of seen) for (const secret of [token, 'wrong@']) expect(text).not.toContain(secret);
    },
    allowed,
  );

  it(
    'offers nothing new without the right to push, says so, and goes on with it',
    async () => {
      const { fleet, bare, http, url, push } = await hosted();
      const server = await startServer(fleet, url);
      await recordOf(bare, 'revision', await fleet.head());
      await server.isReady();
      for (const withdraw of [
        async () => {
          http.pushes('no');
          return async () => {
            http.pushes('yes');
          };
        },
        async () => {
          const hook = join(bare, 'hooks/pre-receive');
          await writeFile(
            hook,
            '#!/bin/sh\ngrep -q fairlead && echo "not on my watch" >&2 && exit 1\nexit 0\n',
            {
              mode: 0o755,
            },
          );
          return () => rm(hook);
        },
      ]) {
        const restore = await withdraw();
        const commit = await fleet.commit({ 'README.md': String(Math.random()) });
        await git(fleet.dir, 'push', '-q', 'origin', 'main');
        expect(await server.reports('push-refused')).toContain('"area":"log"');
        expect((await recordsIn(bare)).some((record) => 'commit' in record && record.commit === commit)).toBe(
          false,
        );
        await restore();
        await recordOf(bare, 'revision', commit);
        await server.isReady();
      }
      expect(server.program.stderr()).toContain('not on my watch');
      await push();
    },
    allowed,
  );

  it(
    'refuses a rewritten branch, and the recorded commit outlives it there',
    async () => {
      const { fleet, bare, url, push } = await hosted();
      const server = await startServer(fleet, url);
      await recordOf(bare, 'revision', await fleet.head());
      const second = await fleet.commit({ 'README.md': 'two' });
      await push();
      await recordOf(bare, 'revision', second);
      await waitFor(async () => (await git(bare, 'rev-parse', 'refs/fairlead/recorded')).trim() === second);
      await git(fleet.dir, 'reset', '-q', '--hard', 'HEAD~1');
      const rewritten = await fleet.commit({ 'README.md': 'rewritten' });
      await push('-f');
      expect(await recordOf(bare, 'refused', rewritten)).toMatchObject({ code: 'history-rewritten' });
      await server.reports('history-rewritten');
      await git(bare, 'gc', '-q', '--prune=now');
      await git(bare, 'cat-file', '-e', second);
      await git(fleet.dir, 'merge', '-q', '-s', 'ours', '-m', 'merge back', second);
      await push();
      await recordOf(bare, 'revision', await fleet.head());
      await server.isReady();
    },
    allowed,
  );

  it(
    'loses nothing with its data folder, deleted while it runs or while it does not',
    async () => {
      const { fleet, bare, url, push } = await hosted();
      const first = await startServer(fleet, url);
      await recordOf(bare, 'revision', await fleet.head());
      await first.isReady();
      await rm(first.data, { recursive: true });
      const second = await fleet.commit({ 'README.md': 'two' });
      await push();
      await recordOf(bare, 'revision', second);
      await first.isReady();
      await first.program.end('SIGKILL');
      await rm(first.data, { recursive: true });
      const again = await startServer(fleet, url, { data: first.data });
      await again.isReady();
      const third = await fleet.commit({ 'README.md': 'three' });
      await push();
      await recordOf(bare, 'revision', third);
      expect((await recordsIn(bare)).filter(({ kind }) => kind === 'revision')).toHaveLength(3);
      await sound(bare);
    },
    allowed,
  );

  it(
    'looks when a webhook comes, long before its next poll',
    async () => {
      const { fleet, bare, url, push } = await hosted();
      const secret = 'shared with the forge';
      const flags = ['--hook-secret-file', await fileOf(`${secret.replaceAll(' ', '-')}\n`)];
      const server = await startServer(fleet, url, { more: [...flags, '--poll', '1h'] });
      await recordOf(bare, 'revision', await fleet.head());
      const second = await fleet.commit({ 'README.md': 'two' });
      await push();
      const body = '{"ref":"refs/heads/other"}';
      const mac = createHmac('sha256', secret.replaceAll(' ', '-')).update(body).digest('hex');
      expect(await hook(server, body, { 'x-hub-signature-256': 'sha256=00' })).toBe(401);
      expect(await hook(server, body, { 'x-hub-signature-256': `sha256=${mac}` })).toBe(202);
      await recordOf(bare, 'revision', second);
    },
    allowed,
  );
});

async function hook(
  server: TestServer,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  const { http } = await server.program.ready();
  const answer = await fetch(`http://${String(http)}/hooks/git`, { method: 'POST', body, headers });
  return answer.status;
}
