// SPDX-License-Identifier: Apache-2.0
import { jobUnit, welcome } from '@fairlead/link/testing';
import { waitFor } from '@fairlead/testing';
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
