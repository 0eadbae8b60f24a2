// SPDX-License-Identifier: Apache-2.0
import { git, systemClock, tempDir } from '@fairlead/testing';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { listRemote } from './list-remote.ts';
import type { RemoteRepository } from './mirror.ts';
import { openRemoteRepository } from './open-remote.ts';
import { entry, newRemote, signal, type Remote } from './remote.fixture.ts';

const log = 'refs/fairlead/revisions';

interface Reached {
  readonly remote: Remote;
  readonly url: string;
  readonly mirror: RemoteRepository;
  /** Replaces what the stand-in for ssh does. */
  ssh(script: string): Promise<void>;
  /** How it was called, one call a line. */
  calls(): Promise<string>;
}

/** As a host does: runs what `git` asks for on the far side. */
const faithful = 'for last; do :; done; exec sh -c "$last"';

/** A repository that `git` reaches by a program in the place of ssh, which is given what ssh would be given. */
async function reached(idleMs = 20_000): Promise<Reached> {
  const remote = await newRemote();
  const dir = await tempDir('ssh');
  const [program, calls] = [join(dir, 'ssh'), join(dir, 'calls')];
  const ssh = (script: string): Promise<void> =>
    writeFile(program, `#!/bin/sh\necho "$@" >> ${calls}\n${script}\n`, { mode: 0o755 });
  await ssh(faithful);
  vi.stubEnv('GIT_SSH_COMMAND', program);
  vi.stubEnv('GIT_SSH_VARIANT', 'ssh');
  const url = `ssh://git@example.org:2222${remote.bare}`;
  const opened = await openRemoteRepository(
    { kind: 'ssh', url },
    { data: await tempDir('data'), branch: 'main', clock: systemClock, idleMs },
  );
  if (!opened.ok) throw new Error(opened.error.message);
  return { remote, url, mirror: opened.value, ssh, calls: () => readFile(calls, 'utf8') };
}

async function codeOf(mirror: RemoteRepository): Promise<string> {
  const looked = await mirror.look(signal);
  return looked.ok ? 'ok' : looked.error.code;
}

describe('when a repository is reached by ssh', { timeout: 60_000 }, () => {
  it('is read and written by the git program, with the expected old id', async () => {
    const { remote, mirror, calls } = await reached();
    expect(await codeOf(mirror)).toBe('ok');
    const second = await remote.push('second');
    expect(await codeOf(mirror)).toBe('ok');
    expect(await mirror.readRef('refs/heads/main')).toEqual({ ok: true, value: second });
    expect(await mirror.objects.commit(second)).toMatchObject({ ok: true });
    const a = await entry(mirror, null, 'a');
    expect(await mirror.updateRef({ ref: log, expected: null, oid: a }, signal)).toEqual({ ok: true });
    expect(await remote.ref(log)).toBe(a);
    // Another server goes on from there.
    const b = await entry(mirror, a, 'b');
    await git(remote.bare, 'fetch', '-q', mirror.commonDir, `${a}:refs/tmp`);
    await git(remote.bare, 'update-ref', log, await remote.ref('refs/heads/main'));
    expect(await mirror.updateRef({ ref: log, expected: a, oid: b }, signal)).toMatchObject({
      ok: false,
      error: { kind: 'lost', actual: second },
    });
    expect(await remote.ref(log)).toBe(second);
    expect(await calls()).toMatch(/-p 2222 git@example\.org git-receive-pack /);
    await git(mirror.commonDir, 'fsck', '--strict', '--no-dangling');
  });

  it('tells its references without a mirror', async () => {
    const { remote, url } = await reached();
    const refs = await listRemote(
      { kind: 'ssh', url },
      ['refs/heads/main'],
      { clock: systemClock, idleMs: 20_000 },
      signal,
    );
    expect(refs).toEqual({
      ok: true,
      value: new Map([['refs/heads/main', await remote.ref('refs/heads/main')]]),
    });
  });

  it('says what is wrong, and recovers', async () => {
    const { remote, mirror, ssh } = await reached();
    const says = (words: string): string => `echo "${words}" >&2; exit 255`;
    for (const [script, code] of [
      [says('git@example.org: Permission denied (publickey).'), 'credentials-refused'],
      [says('Host key verification failed.'), 'remote-untrusted'],
      [says('ssh: connect to host example.org port 2222: Connection refused'), 'remote-unreachable'],
      [says('ssh: Could not resolve hostname example.org'), 'remote-unreachable'],
      [says('ERROR: Repository not found.'), 'repository-missing'],
      ['exec git-upload-pack /nowhere', 'repository-missing'],
      [faithful, 'ok'],
    ] as const) {
      await ssh(script);
      expect(await codeOf(mirror), script).toBe(code);
    }
    const a = await entry(mirror, null, 'a');
    const push = async (): Promise<string> => {
      const pushed = await mirror.updateRef({ ref: log, expected: null, oid: a }, signal);
      return pushed.ok ? 'ok' : pushed.error.problem.code;
    };
    await ssh(
      `case "$*" in *receive-pack*) ${says('ERROR: The key you are authenticating with has been marked as read only.')};; esac\n${faithful}`,
    );
    expect(await push()).toBe('push-refused');
    await ssh(faithful);
    await writeFile(join(remote.bare, 'hooks/pre-receive'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    expect(await push()).toBe('push-refused');
    await writeFile(join(remote.bare, 'hooks/pre-receive'), '#!/bin/sh\nexit 0\n');
    expect(await push()).toBe('ok');
  });

  it('gives up a host that says nothing, and leaves no process behind', async () => {
    const { mirror, ssh, calls } = await reached(2000);
    await ssh('echo $$ >> "$0.pid"; exec sleep 1000');
    expect(await codeOf(mirror)).toBe('remote-slow');
    expect(await calls()).not.toBe('');
    const pidFile = `${process.env['GIT_SSH_COMMAND'] ?? ''}.pid`;
    const pid = Number((await readFile(pidFile, 'utf8')).trim());
    await expect.poll(() => isRunning(pid)).toBe(false);
    const stop = new AbortController();
    const looking = mirror.look(stop.signal);
    stop.abort();
    await expect(looking).rejects.toThrow();
  });
});

async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => '');
  return status !== '' && !status.includes(') Z ');
}
