// SPDX-License-Identifier: Apache-2.0
import { createFakeClock, git, selfSigned, startGitHttp, tempDir } from '@fairlead/testing';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { entry, newRemote, openMirror, signal } from './remote.fixture.ts';

const log = 'refs/fairlead/revisions';

async function looked(url: string, options: Parameters<typeof openMirror>[1] = {}): Promise<string> {
  const mirror = await openMirror(url, options);
  const answer = await mirror.look(signal);
  return answer.ok ? 'ok' : answer.error.code;
}

async function served(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/fleet.git`;
}

describe('when a remote cannot be read', { timeout: 60_000 }, () => {
  it('is said to be unreachable where nobody listens, and where the name does not exist', async () => {
    const remote = await newRemote();
    await remote.http.close();
    expect(await looked(remote.url)).toBe('remote-unreachable');
    expect(await looked('https://fairlead.invalid/fleet.git')).toBe('remote-unreachable');
  });

  it('is said to be slow where it takes the question and says nothing', async () => {
    const remote = await newRemote();
    remote.http.behave('stuck');
    expect(await looked(remote.url, { idleMs: 100 })).toBe('remote-slow');
  });

  it('is said to be slow where its answer only trickles', async () => {
    const clock = createFakeClock();
    const url = await served((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
      response.write('001e# service=git-upload-pack\n');
      const trickle = setInterval(() => {
        response.write('0000');
        void clock.advance(20_000);
      }, 5);
      response.once('close', () => {
        clearInterval(trickle);
      });
    });
    expect(await looked(url, { clock })).toBe('remote-slow');
  });

  it('is not trusted with a certificate that this machine does not know', async () => {
    const remote = await newRemote();
    const secure = await startGitHttp({
      root: join(remote.bare, '..'),
      tls: await selfSigned(await tempDir('tls')),
    });
    onTestFinished(() => secure.close());
    expect(await looked(secure.url('fleet.git'))).toBe('remote-untrusted');
  });

  it('is said to be missing, or to be no Git repository', async () => {
    const remote = await newRemote();
    expect(await looked(remote.http.url('none.git'))).toBe('repository-missing');
    const answers: readonly (readonly [string, RequestListener])[] = [
      [
        'remote-unusable',
        (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Sign in'),
      ],
      ['remote-unusable', (_request, response) => response.writeHead(418).end()],
      ['remote-unreachable', (_request, response) => response.writeHead(503).end('later')],
      ['remote-unreachable', (_request, response) => response.writeHead(429).end()],
      ['credentials-refused', (_request, response) => response.writeHead(403).end('no')],
    ];
    for (const [code, answer] of answers) expect(await looked(await served(answer))).toBe(code);
  });

  it('never believes what does not follow the protocol', async () => {
    const bodies = [
      '',
      '0000',
      'zzzz',
      '0005',
      '001e# service=git-upload-pack\n0000',
      '0008nope',
      `0032${'g'.repeat(40)} refs/x\n`,
    ];
    for (const body of bodies) {
      const url = await served((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' }).end(body);
      });
      expect(await looked(url), JSON.stringify(body)).toBe('remote-unusable');
    }
  });

  it('writes no reference outside its folder, whatever the remote names', async () => {
    const oid = 'a'.repeat(40);
    const line = (text: string): string => (text.length + 4).toString(16).padStart(4, '0') + text;
    const url = await served((_request, response) => {
      const names = [
        'refs/fairlead/../../escape',
        'refs/fairlead/x.lock',
        'refs/fairlead/.hidden',
        'refs/fairlead/a\x01b',
        'refs/fairlead/a~1',
      ];
      const lines = names
        .map((name, at) => line(`${oid} ${name}${at === 0 ? '\0side-band-64k' : ''}\n`))
        .join('');
      response
        .writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' })
        .end(`${lines}0000`);
    });
    const mirror = await openMirror(url);
    expect(await mirror.look(signal)).toEqual({ ok: true });
    expect(await mirror.listRefs('refs/fairlead/')).toEqual({ ok: true, value: new Map() });
  });

  it('is refused where its form is not one that is read: SHA-256 names, a shallow clone', async () => {
    const remote = await newRemote();
    const root = join(remote.bare, '..');
    await git(root, 'init', '-q', '--bare', '--object-format=sha256', 'wide.git');
    expect(await looked(remote.http.url('wide.git'))).toBe('repository-unsupported');
    await remote.push('second');
    await git(root, 'clone', '-q', '--bare', '--depth=1', `file://${remote.bare}`, 'shallow.git');
    expect(await looked(remote.http.url('shallow.git'))).toBe('shallow-clone');
  });

  it('is read again as soon as the credentials are right, and they go to no other host', async () => {
    const remote = await newRemote();
    remote.http.admit('deploy:s3cret:@/');
    const file = join(await tempDir('credentials'), 'file');
    const host = `127.0.0.1:${String(remote.http.port)}`;
    const mirror = await openMirror(remote.url, { credentialsFile: file });
    const code = async (): Promise<string> => {
      const answer = await mirror.look(signal);
      return answer.ok ? 'ok' : answer.error.code;
    };
    const table: readonly (readonly [string | undefined, string])[] = [
      [undefined, 'credentials-refused'],
      ['', 'credentials-refused'],
      [`deploy:wrong@${host}`, 'credentials-refused'],
      ['deploy:s3cret:@/@example.org', 'credentials-refused'],
      [`# deploy:s3cret:@/@${host}`, 'credentials-refused'],
      [`https://deploy:s3cret%3A%40%2F@${host}`, 'credentials-refused'],
      [`http://deploy:s3cret%3A%40%2F@${host}/other`, 'credentials-refused'],
      [`other:x@example.org\ndeploy:s3cret:@/@${host}`, 'ok'],
      [`http://deploy:s3cret%3A%40%2F@${host}/fleet.git`, 'ok'],
    ];
    for (const [text, wanted] of table) {
      if (text !== undefined) await writeFile(file, `${text}\n`);
      expect(await code(), text).toBe(wanted);
    }
  });

  it('takes no credentials along when it is led to another host', async () => {
    const remote = await newRemote();
    let seen: string | undefined = 'nothing';
    const elsewhere = await served((request, response) => {
      seen = request.headers.authorization;
      response.writeHead(404).end();
    });
    const url = await served((request, response) => {
      response.writeHead(302, { location: elsewhere + (request.url ?? '').slice('/fleet.git'.length) }).end();
    });
    const file = join(await tempDir('credentials'), 'file');
    await writeFile(file, `a:b@${new URL(url).host}\n`);
    expect(await looked(url, { credentialsFile: file })).toBe('repository-missing');
    expect(seen).toBeUndefined();
    const led = await served((request, response) => {
      response
        .writeHead(301, { location: remote.url + (request.url ?? '').slice('/fleet.git'.length) })
        .end();
    });
    expect(await looked(led)).toBe('ok');
  });
});

describe('when a remote cannot be written', { timeout: 60_000 }, () => {
  async function opened() {
    const remote = await newRemote();
    const mirror = await openMirror(remote.url, { idleMs: 2000 });
    await mirror.refresh(signal);
    return {
      remote,
      mirror,
      async push() {
        const oid = await entry(mirror, null, 'an entry');
        const pushed = await mirror.updateRef({ ref: log, expected: null, oid }, signal);
        return pushed.ok ? 'ok' : `${pushed.error.kind} ${pushed.error.problem.code}`;
      },
    };
  }

  it('says that the right is missing, and takes it up when it comes', async () => {
    const { remote, push } = await opened();
    remote.http.pushes('no');
    expect(await push()).toBe('unwritable push-refused');
    remote.http.pushes('yes');
    await mkdir(join(remote.bare, 'hooks'), { recursive: true });
    const hook = join(remote.bare, 'hooks/update');
    await writeFile(hook, '#!/bin/sh\necho "ask the owners"\nexit 1\n');
    await chmod(hook, 0o755);
    expect(await push()).toBe('unwritable push-refused');
    await writeFile(hook, '#!/bin/sh\nexit 0\n');
    expect(await push()).toBe('ok');
  });

  it('keeps nobody waiting for longer than one who finds out that the remote is silent', async () => {
    const { remote, mirror } = await opened();
    remote.http.behave('stuck');
    const before = remote.http.requests().length;
    const oid = await entry(mirror, null, 'an entry');
    const pushes = Array.from({ length: 20 }, () =>
      mirror.updateRef({ ref: log, expected: null, oid }, signal),
    );
    const answers = [...(await Promise.all(pushes)), await mirror.look(signal)];
    for (const answer of answers.slice(0, -1))
      expect(answer).toMatchObject({ error: { kind: 'unwritable', problem: { code: 'remote-slow' } } });
    expect(answers.at(-1)).toMatchObject({ error: { code: 'remote-slow' } });
    expect(remote.http.requests().length - before).toBe(2);
    remote.http.behave('well');
    expect(await mirror.updateRef({ ref: log, expected: null, oid }, signal)).toEqual({ ok: true });
  });

  it('finds out what became of a push whose answer was lost', async () => {
    const { remote, push } = await opened();
    remote.http.pushes('after');
    expect(await push()).toBe('unwritable remote-unreachable');
    const there = await remote.ref(log);
    expect(there).toMatch(/^[0-9a-f]{40}$/);
    remote.http.pushes('yes');
    expect(await push()).toBe('ok');
    expect(await remote.ref(log)).toBe(there);
  });
});
