// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { silentLogger } from '@fairlead/base';
import { run, tempDir, waitFor } from '@fairlead/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askAgent, connectTo } from './local-client.ts';
import type { LocalReply } from './local-protocol.ts';
import { holdFolder, type LocalServer } from './local-server.ts';

const fine: LocalReply = { status: 200, body: { fine: true } };

async function hold(path: string): Promise<LocalServer> {
  const server = await holdFolder(path, () => fine, silentLogger);
  onTestFinished(() => server.close());
  return server;
}

async function socketPath(depth = ''): Promise<string> {
  const folder = join(await tempDir(), depth);
  await mkdir(folder, { recursive: true });
  return join(folder, 'agent.sock');
}

describe('when an agent holds a folder', () => {
  it('answers, lets nobody else look, and gives the folder free at the end', async () => {
    const path = await socketPath();
    const server = await hold(path);
    expect(await askAgent(path, 'GET', '/status')).toEqual({ body: fine.body });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(path, '..'))).toEqual(['agent.sock']);
    await server.close();
    expect(await askAgent(path, 'GET', '/status')).toBeNull();
    await hold(path);
  });

  it('refuses the others, of whom many may come at once', async () => {
    const path = await socketPath();
    const held = await Promise.allSettled(Array.from({ length: 12 }, () => hold(path)));
    expect(held.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of held)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'state-in-use' });
    expect(await askAgent(path, 'GET', '/status')).toEqual({ body: fine.body });
  });

  it('is found by a path that is too long for a socket', async () => {
    const path = await socketPath('a-long-name/'.repeat(15));
    await hold(path);
    expect(await askAgent(path, 'GET', '/status')).toEqual({ body: fine.body });
    await expect(hold(path)).rejects.toMatchObject({ code: 'state-in-use' });
  });
});

describe('when an agent was killed', () => {
  it('takes its socket away, whoever of many comes first', async () => {
    const path = await socketPath();
    await run(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ]);
    expect((await stat(path)).isSocket()).toBe(true);
    const held = await Promise.allSettled(Array.from({ length: 12 }, () => hold(path)));
    expect(held.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    expect(await askAgent(path, 'GET', '/status')).toEqual({ body: fine.body });
  });
});

describe('when something else is said', () => {
  it.each([
    ['a body that is no JSON', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\nx', 400],
    ['a path that is no text', 'GET /%ff HTTP/1.1\r\nhost: a\r\n\r\n', 400],
    ['another language', 'dance\r\n\r\n', 400],
    [
      'a body without an end',
      `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999\r\n\r\n${'x'.repeat(70_000)}`,
      413,
    ],
    ['headers without an end', `GET / HTTP/1.1\r\nx: ${'x'.repeat(70_000)}`, 431],
  ])('answers %s as what it is', async (_, said, status) => {
    const path = await socketPath();
    await hold(path);
    const socket = await connectTo(path);
    let heard = '';
    socket?.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
    });
    socket?.write(said);
    await waitFor(() => heard.includes('\r\n'), { what: 'an answer' });
    expect(heard.split(' ')[1]).toBe(String(status));
    socket?.destroy();
  });

  it('does not believe an answer of another form', async () => {
    const path = await socketPath();
    const other = createServer((socket) => {
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello');
    });
    await new Promise<void>((resolve) => other.listen(path, resolve));
    onTestFinished(() => {
      other.close();
    });
    await expect(askAgent(path, 'GET', '/status')).rejects.toMatchObject({ code: 'no-agent' });
  });
});
