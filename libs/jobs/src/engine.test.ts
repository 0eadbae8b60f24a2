// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { sha256, silentLogger } from '@fairlead/base';
import { createEngine, openJournalFile, type Engine, type Outcome } from '@fairlead/engine';
import { targetDigest, type JobUnit, type TargetState } from '@fairlead/target';
import { systemClock, waitFor } from '@fairlead/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDevice, member, shellJob, type Device } from './device.fixture.ts';
import { isAlive } from './process-identity.ts';

interface Rig {
  readonly engine: Engine;
  readonly outcomes: readonly Outcome[];
  submit(...units: readonly JobUnit[]): void;
}

/** A device whose driver is run by the engine, as in an agent. */
async function engineOf(device: Device): Promise<Rig> {
  const engine = createEngine({
    domains: [device.domain],
    dir: join(device.dir, 'engine'),
    journalFile: openJournalFile(join(device.dir, 'journal')),
    clock: systemClock,
    logger: silentLogger,
    random: () => 0.5,
    bootId: 'this-boot',
    agentVersion: '1',
    freeBytes: async () => Number.MAX_SAFE_INTEGER,
    settings: { healEveryMs: 100, retryBaseMs: 20 },
  });
  const outcomes: Outcome[] = [];
  engine.onEvent((event) => {
    if (event.kind === 'outcome') outcomes.push(event.outcome);
  });
  await device.domain.stop();
  await engine.start(device.signal);
  onTestFinished(() => engine.stop());
  let counter = 0;
  return {
    engine,
    outcomes,
    submit(...units) {
      counter += 1;
      const state: TargetState = { format: 1, units };
      engine.submit({
        revision: sha256(`revision ${String(counter)}`),
        counter,
        target: targetDigest(state),
        state,
      });
    },
  };
}

const ok = { kind: 'ok-string', timeoutMs: 0 } as const;

describe('when the engine runs jobs', () => {
  it('applies a revision, touches only what the next one changes, and rolls back the one that fails', async () => {
    const device = await createDevice();
    const { outcomes, submit } = await engineOf(device);
    const base = shellJob('echo "!!OK!!"; exec sleep 60', { name: 'base', ready: ok });
    const app = (version: string, script: string): JobUnit =>
      shellJob(`echo ${version}; ${script}`, { name: 'app', requires: ['base'] });

    submit(app('one', 'exec sleep 60'), base);
    await waitFor(() => outcomes.length === 1);
    expect(outcomes[0]).toMatchObject({ result: 'applied', code: null });
    const [keeps, changes] = [device.process('base'), device.process('app')];

    submit(app('two', 'exec sleep 60'), base);
    await waitFor(() => outcomes.length === 2);
    expect(outcomes[1]).toMatchObject({
      result: 'applied',
      units: [
        { name: 'app', result: 'applied' },
        { name: 'base', result: 'unchanged' },
      ],
    });
    expect(device.process('base')).toEqual(keeps);
    expect(changes && isAlive(changes, changes.bootId)).toBe(false);

    submit(app('three', 'exit 1'), base);
    await waitFor(() => outcomes.length === 3);
    expect(outcomes[2]).toMatchObject({ result: 'rolled-back', code: 'unit-ended' });
    await waitFor(() => device.stdout('app') === 'one\ntwo\nthree\ntwo\n');
    expect(device.process('base')).toEqual(keeps);
    expect(await device.condition('app')).toBe('running');
  });

  it('refuses what this device cannot do before anything is stopped', async () => {
    const device = await createDevice();
    const { outcomes, submit } = await engineOf(device);
    submit(shellJob('exec sleep 60'));
    await waitFor(() => outcomes.length === 1);
    const before = device.process();
    submit(shellJob('exec sleep 61', { user: 'nobody-of-that-name' }));
    await waitFor(() => outcomes.length === 2);
    expect(outcomes[1]).toMatchObject({ result: 'refused', code: 'unsupported-feature' });
    expect(device.process()).toEqual(before);
  });

  it('restarts what asks for that when something that it requires fails', async () => {
    const device = await createDevice();
    const { outcomes, submit } = await engineOf(device);
    const base = shellJob('echo up; exec sleep 60', {
      name: 'base',
      restart: { enabled: true, limit: 0, pauseMs: 300, onDependencyFail: false },
    });
    const asks = shellJob('echo up; exec sleep 60', {
      name: 'asks',
      requires: ['base'],
      restart: { enabled: false, limit: 0, pauseMs: 0, onDependencyFail: true },
    });
    const ignores = shellJob('echo up; exec sleep 60', { name: 'ignores', requires: ['base'] });
    submit(asks, base, ignores);
    await waitFor(() => outcomes.length === 1);
    const before = device.process('ignores');
    const failed = device.process('base');
    if (failed !== null) process.kill(failed.pid, 'SIGKILL');
    await waitFor(() => device.stdout('asks') === 'up\nup\n');
    await waitFor(() => device.stdout('base') === 'up\nup\n');
    expect(device.process('ignores')).toEqual(before);
  });

  it('restarts a group once for whatever changes in its members', async () => {
    const device = await createDevice();
    const { outcomes, submit } = await engineOf(device);
    const group = (data: string): JobUnit =>
      shellJob('echo run; exec sleep 60', {
        name: 'group',
        stdin: { kind: 'composite', processConfig: null },
        members: ['one', 'two'].map((name) => ({
          ...member,
          name,
          configs: [{ name: 'default', data, encoding: 'utf8', files: [] }],
          config: 'default',
        })),
      });
    submit(group('1'));
    await waitFor(() => outcomes.length === 1);
    submit(group('2'));
    await waitFor(() => outcomes.length === 2);
    expect(outcomes[1]).toMatchObject({ result: 'applied', units: [{ name: 'group', result: 'applied' }] });
    expect(device.stdout('group')).toBe('run\nrun\n');
  });

  it('keeps a job up that is killed, and runs nothing when the device is retired', async () => {
    const device = await createDevice();
    const { outcomes, submit, engine } = await engineOf(device);
    submit(
      shellJob('echo up; exec sleep 60', {
        restart: { enabled: true, limit: 0, pauseMs: 0, onDependencyFail: false },
      }),
    );
    await waitFor(() => outcomes.length === 1);
    const first = device.process();
    if (first !== null) process.kill(first.pid, 'SIGKILL');
    await waitFor(() => device.stdout() === 'up\nup\n');
    await waitFor(() => engine.state().units[0]?.condition.kind === 'running');
    const running = device.process();
    submit();
    await waitFor(() => outcomes.length === 2);
    expect(outcomes[1]).toMatchObject({ result: 'applied', units: [{ name: 'job', result: 'removed' }] });
    expect(running && isAlive(running, running.bootId)).toBe(false);
    // The version before is kept until the next revision succeeded.
    const [left] = await device.domain.observe(device.signal);
    expect(left).toMatchObject({ digest: null, condition: { kind: 'stopped' } });
    expect(left?.staged).toHaveLength(1);
  });
});
