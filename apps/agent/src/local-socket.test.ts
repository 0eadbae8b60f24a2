// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { run, tempDir, waitFor } from '@fairlead/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askAgent, connectTo } from './local-client.ts';
import type { LocalAnswer } from './local-protocol.ts';
import { holdFolder, type LocalServer } from './local-server.ts';

const fine: LocalAnswer = { ok: true, result: null };

async function hold(path: string, answer: LocalAnswer = fine): Promise<LocalServer> {
  const server = await holdFolder(path, () => answer);
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
    expect(await askAgent(path, { method: 'status' })).toEqual(fine);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(path, '..'))).toEqual(['agent.sock']);
    await server.close();
    expect(await askAgent(path, { method: 'status' })).toBeNull();
    await hold(path);
  });

  it('refuses the others, of whom many may come at once', async () => {
    const path = await socketPath();
    const held = await Promise.allSettled(Array.from({ length: 12 }, () => hold(path)));
    expect(held.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of held)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'state-in-use' });
    expect(await askAgent(path, { method: 'status' })).toEqual(fine);
  });

  it('is found by a path that is too long for a socket', async () => {
    const path = await socketPath('a-long-name/'.repeat(15));
    await hold(path);
    expect(await askAgent(path, { method: 'status' })).toEqual(fine);
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
    expect(await askAgent(path, { method: 'status' })).toEqual(fine);
  });
});

describe('when something else is said', () => {
  it('answers what is not understood with the reason, and ends what has no end', async () => {
    const path = await socketPath();
    await hold(path);
    const socket = await connectTo(path);
    let said = '';
    socket?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    socket?.write('{"method":"dance"}\nnot json\n{"method":"status","more":1}\n{"method":"status"}\n');
    await waitFor(() => said.split('\n').length === 5);
    const answers = said
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as LocalAnswer);
    expect(answers.map((answer) => answer.ok)).toEqual([false, false, false, true]);
    const closed = new Promise((resolve) => socket?.once('close', resolve));
    socket?.write('x'.repeat(200_000));
    await closed;
  });

  it('does not believe an answer of another form', async () => {
    const path = await socketPath();
    const other = createServer((socket) => {
      socket.end('{"hello":1}\n');
    });
    await new Promise<void>((resolve) => other.listen(path, resolve));
    onTestFinished(() => {
      other.close();
    });
    await expect(askAgent(path, { method: 'status' })).rejects.toMatchObject({ code: 'no-agent' });
  });
});
