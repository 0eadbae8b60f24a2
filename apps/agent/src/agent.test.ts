// SPDX-License-Identifier: Apache-2.0
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { jobUnit, welcome } from '@fairlead/link/testing';
import { run, tempDir, waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import {
  agentCommand,
  jobProcesses,
  newDevice,
  processesOf,
  statusOf,
  talker,
  upgrade,
} from './agent-program.fixture.ts';

async function statementOf(
  envelope: Uint8Array,
): Promise<{ predicate: { result: string; code: string | null; units: unknown } }> {
  const { payload } = JSON.parse(Buffer.from(envelope).toString('utf8')) as { payload: string };
  return JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as Awaited<
    ReturnType<typeof statementOf>
  >;
}

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
    expect((await statementOf(receipt.envelope)).predicate).toMatchObject({
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

describe('when the agent is upgraded in place', () => {
  it('restarts none of the jobs that run meanwhile, and looks after each of them', async () => {
    const device = await newDevice();
    const names = Array.from('abcdefghijklmnopqrst', (letter) => `job-${letter}`);
    const restart = { enabled: true, limit: 0, pauseMs: 0, onDependencyFail: false };
    const units = names.map((name) => jobUnit(name, '/bin/sleep', ['1000'], { restart }));
    const first = device.start();
    const stream = await device.server.stream();
    stream.send(device.fleet.revision(1, { format: 1, units }).offer());
    await stream.message('receipt');
    const before = await jobProcesses(device.state);
    expect(Object.keys(before)).toHaveLength(20);

    await upgrade('0.0.1');
    await first.end('SIGTERM');
    const next = device.start();
    await next.ready();
    const isRunning = async (): Promise<boolean> =>
      (await statusOf(device.state)).units.every(({ condition }) => condition === 'running');
    await waitFor(isRunning);
    expect((await statusOf(device.state)).version).toBe('0.0.1');
    expect(await jobProcesses(device.state)).toEqual(before);

    // Agent and a job at one blow: the next one starts that job alone.
    process.kill(before['job-h'] ?? 0, 'SIGKILL');
    await next.end('SIGKILL');
    await device.start().ready();
    await waitFor(async () => {
      const { 'job-h': again, ...others } = await jobProcesses(device.state);
      const { 'job-h': gone, ...untouched } = before;
      expect(others).toEqual(untouched);
      return again !== undefined && again !== gone;
    });
    const own = await agentCommand(['logs', '--agent', '--lines', '1000', '--state', device.state]);
    expect(own.stdout).toContain('"job":"job-h"');
    const later = new Date(Date.now() + 60_000).toISOString();
    expect((await agentCommand(['logs', '--agent', '--since', later, '--state', device.state])).stdout).toBe(
      '',
    );
  }, 60_000);
});

describe('when the agent ends', () => {
  it('leaves its jobs running, finds them again, and restarts none', async () => {
    const device = await newDevice();
    const first = device.start();
    const stream = await device.server.stream();
    stream.send(talker(device.fleet, 1, 'hello').offer());
    await stream.message('receipt');
    expect(await first.end('SIGTERM')).toEqual({ code: 0, signal: null });
    const jobs = await processesOf(device.state);
    expect(jobs.length).toBeGreaterThan(0);

    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const again = device.start();
      expect((await again.ready())['revision']).not.toBeNull();
      await waitFor(async () => (await statusOf(device.state)).units[0]?.condition === 'running');
      await again.end(signal);
      expect(await processesOf(device.state)).toEqual(jobs);
    }
    expect((await agentCommand(['logs', 'talker', '--state', device.state])).stdout).toBe('hello\n');
  });

  it('leaves jobs that it takes down all the same, without an agent', async () => {
    const device = await newDevice();
    const agent = device.start();
    const stream = await device.server.stream();
    stream.send(talker(device.fleet, 1, 'hello').offer());
    await stream.message('receipt');
    await agent.end('SIGKILL');
    expect((await agentCommand(['down', '--state', device.state])).stdout).toBe('stopped jobs/talker\n');
    expect(await processesOf(device.state)).toEqual([]);
  });

  it('starts its last good revision before there is any network', async () => {
    const device = await newDevice();
    const first = device.start();
    const stream = await device.server.stream();
    const one = talker(device.fleet, 1, 'hello');
    stream.send(one.offer());
    await stream.message('receipt');
    await first.end();
    await agentCommand(['down', '--state', device.state]);
    await device.server.stop();

    const offline = device.start();
    expect(await offline.ready()).toMatchObject({ revision: one.revision });
    const status = await waitFor(async () => {
      const now = await statusOf(device.state);
      return now.units[0]?.condition === 'running' && now.connection === 'waiting' ? now : null;
    });
    expect(status.revision).toBe(one.revision);
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
    expect((await statementOf(receipt.envelope)).predicate).toMatchObject({ result: 'rolled-back' });
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

describe('when a test kills it at a sync of its journal', () => {
  it('dies there, and ends at the new state after a restart', async () => {
    const device = await newDevice();
    device.server.script.onHello = (hello) => ({
      ...welcome,
      log: hello.receipts.seq === 0 ? null : hello.receipts,
    });
    const first = device.start({ FAIRLEAD_FAULT_JOURNAL: '4:before' });
    const stream = await device.server.stream();
    const one = talker(device.fleet, 1, 'hello');
    stream.send(one.offer());
    expect(await first.ended).toEqual({ code: null, signal: 'SIGKILL' });
    device.start();
    const second = await device.server.stream(1);
    if (second.hello.target !== one.target) second.send(one.offer());
    await second.message('receipt');
    expect(await statusOf(device.state)).toMatchObject({ revision: one.revision });
  });
});
