// SPDX-License-Identifier: Apache-2.0
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { jobUnit } from '@fairlead/link/testing';
import { run, tempDir, waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import {
  agentCommand,
  newDevice,
  processesOf,
  statementOf,
  statusOf,
  talker,
} from './agent-program.fixture.ts';

describe('when a device comes with a token', () => {
  it('enrols, applies what it is offered, answers with a receipt, and takes all down when asked', async () => {
    const device = await newDevice();
    const agent = device.start();
    expect(await agent.ready()).toMatchObject({
      event: 'ready',
      device: '0b9e1c5a-0000-4000-8000-000000000001',
      revision: null,
    });
    const stream = await device.server.stream();
    expect(stream.hello).toMatchObject({
      agentVersion: '0.0.0',
      targetFormats: [1, 2],
      capabilities: ['jobs'],
    });
    const one = talker(device.fleet, 1, 'hello');
    stream.send(one.offer());
    const receipt = await stream.message('receipt');
    expect(statementOf(receipt.envelope).predicate).toMatchObject({
      result: 'applied',
      units: [{ unit: 'jobs/talker', result: 'applied' }],
    });
    stream.send({ kind: 'receipt-ack', seq: 1 });
    await waitFor(() =>
      stream.received.some((message) => message.kind === 'status' && message.state === 'applied'),
    );

    const status = await waitFor(async () => {
      const now = await statusOf(device.state);
      return now.state === 'applied' ? now : null;
    });
    expect(status).toMatchObject({
      revision: one.revision,
      connection: 'streaming',
      units: [{ name: 'talker', condition: 'running' }],
    });
    await waitFor(
      async () => (await agentCommand(['logs', 'talker', '--state', device.state])).stdout === 'hello\n',
    );

    const down = await agentCommand(['down', '--state', device.state, '--output', 'json']);
    expect(down).toMatchObject({ code: 0, stdout: `{"stopped":["jobs/talker"],"remaining":[]}\n` });
    expect(await agent.ended).toEqual({ code: 0, signal: null });
    expect(await processesOf(device.state)).toEqual([]);
    await expect(stat(join(device.state, 'runs'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await agentCommand(['status', '--state', device.state])).code).toBe(3);
    expect((await agentCommand(['logs', 'talker', '--state', device.state])).stdout).toBe('hello\n');
  });

  it('writes its token nowhere', async () => {
    const device = await newDevice();
    const agent = device.start({}, ['--log-level', 'debug']);
    await agent.ready();
    await device.server.stream();
    await agent.end();
    const secret = device.token.split('.')[1] ?? '';
    expect(agent.stderr()).toContain('connected');
    expect(agent.stderr() + agent.stdout().join('\n')).not.toContain(secret);
    expect((await run('grep', ['-rl', secret, device.state])).stdout).toBe('');
  });
});

describe('when a revision does not start', () => {
  it('goes back, says why, and does not try it again', async () => {
    const device = await newDevice();
    device.start();
    const stream = await device.server.stream();
    const one = talker(device.fleet, 1, 'one');
    stream.send(one.offer());
    await stream.message('receipt');
    const two = device.fleet.revision(
      2,
      { format: 1, units: [jobUnit('talker', '/bin/false', [])] },
      one.versions,
    );
    stream.send(two.offer());
    const receipt = await stream.message('receipt', 1);
    expect(statementOf(receipt.envelope).predicate).toMatchObject({
      result: 'rolled-back',
      remarks: ["'talker': ended with exit code 1"],
    });
    await waitFor(() =>
      stream.received.some((message) => message.kind === 'status' && message.state === 'failed'),
    );
    expect(await statusOf(device.state)).toMatchObject({
      state: 'failed',
      revision: one.revision,
      units: [{ name: 'talker', condition: 'running' }],
    });
  });

  it('takes units down dependents first', async () => {
    const device = await newDevice();
    device.start();
    const stream = await device.server.stream();
    const sleep = (name: string, requires: readonly string[]) =>
      jobUnit(name, '/bin/sleep', ['1000'], { requires });
    const units = [sleep('a', ['b']), sleep('b', ['c']), sleep('c', [])];
    stream.send(device.fleet.revision(1, { format: 1, units }).offer());
    await stream.message('receipt');
    const { stdout } = await agentCommand(['down', '--state', device.state]);
    expect(stdout).toBe('stopped jobs/a\nstopped jobs/b\nstopped jobs/c\n');
    expect(await agentCommand(['down', '--state', device.state])).toMatchObject({
      code: 0,
      stdout: 'nothing runs\n',
    });
  });
});

describe('when commands come from the server', () => {
  it('restarts a unit, and tells its state', async () => {
    const device = await newDevice();
    device.start();
    const stream = await device.server.stream();
    stream.send(talker(device.fleet, 1, 'again').offer());
    await stream.message('receipt');
    await waitFor(async () => (await statusOf(device.state)).state === 'applied');
    const action = { kind: 'restart-unit', domain: 'jobs', name: 'talker' } as const;
    stream.send({ kind: 'command', id: 'c1', issuer: 'operator/eve', expires: Date.now() + 60_000, action });
    expect(await stream.message('command-result')).toMatchObject({ id: 'c1', ok: true });
    await waitFor(
      async () =>
        (await agentCommand(['logs', 'talker', '--state', device.state])).stdout === 'again\nagain\n',
    );
    stream.send({
      kind: 'command',
      id: 'c2',
      issuer: 'operator/eve',
      expires: Date.now() + 60_000,
      action: { ...action, name: 'nobody' },
    });
    expect(await stream.message('command-result', 1)).toMatchObject({ id: 'c2', ok: false });
  });
});

describe('when it is called wrongly', () => {
  it('refuses a second agent on one state folder', async () => {
    const device = await newDevice();
    await device.start().ready();
    const second = device.start();
    expect(await second.ended).toMatchObject({ code: 3 });
    expect(second.stderr()).toContain('state-in-use');
  });

  it('asks for a token where the device belongs to no fleet', async () => {
    const state = join(await tempDir(), 'state');
    const { code, stderr } = await agentCommand([
      '--state',
      state,
      '--server',
      '127.0.0.1:1',
      '--token-file',
      '/nowhere',
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('--token-file');
  });

  it.each([
    [['status', '--state', '/nowhere'], 3],
    [['logs', 'x', '--state', '/nowhere'], 2],
    [['logs', '--state', '/nowhere'], 2],
    [['logs', 'x', '--agent', '--state', '/nowhere'], 2],
    [['logs', 'x', '--since', 'yesterday', '--state', '/nowhere'], 2],
    [['down', '--state', '/nowhere'], 2],
    [['--server', 'x:1'], 2],
    [['--state', '/tmp/x', '--server', 'foo'], 2],
    [['--state', '/tmp/x', '--server', 'foo:0'], 2],
    [['--state', '/tmp/x', '--server', 'x:1', '--log-files', 'none'], 2],
  ])('%j ends with %i', async (args, code) => {
    expect((await agentCommand(args)).code).toBe(code);
  });
});
