// SPDX-License-Identifier: Apache-2.0
import type { JobUnit } from '@fairlead/target';
import { jobUnit, targetOf } from '@fairlead/target/testing';
import { createFakeClock, systemClock, tempDir, waitFor } from '@fairlead/testing';
import { readFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EngineState } from './engine-state.ts';
import { createRig, revision, type Rig, type RigOptions } from './testing/rig.ts';

function job(name: string, version: number, fields: Partial<JobUnit> = {}): JobUnit {
  return jobUnit({ name, args: [`v${String(version)}`], ...fields });
}

/** A started agent that is stopped when the test ends. */
async function startRig(options: Partial<RigOptions> & Pick<RigOptions, 'dir'>): Promise<Rig> {
  const rig = createRig({ clock: systemClock, ...options });
  await rig.start();
  onTestFinished(() => rig.engine.stop());
  return rig;
}

const untilOutcomes = (rig: Rig, count: number): Promise<unknown> =>
  waitFor(() => rig.outcomes.length >= count, { everyMs: 2, what: `outcome ${String(count)}` });

const untilState = (rig: Rig, holds: (state: EngineState) => boolean): Promise<unknown> =>
  waitFor(() => holds(rig.engine.state()), { everyMs: 2, what: 'the awaited state' });

const one = targetOf(job('a', 1), job('b', 1));
const broken = (step: string, code: string): Partial<JobUnit> => ({ env: { [`FAIL_${step}`]: code } });

describe('when the agent starts again', () => {
  it('touches nothing if the device did not', async () => {
    const dir = await tempDir();
    const old = await startRig({ dir });
    old.engine.submit(revision(one));
    await untilOutcomes(old, 1);
    await old.engine.stop();

    const rig = await startRig({ dir });
    await untilState(rig, (state) => state.units.length === 2);

    expect(rig.domain.calls.filter((call) => call !== 'clean')).toEqual([]);
    expect(rig.engine.state()).toMatchObject({ committed: { target: revision(one).target }, activity: { kind: 'idle' } });
  });

  it('brings the committed units up after a reboot, in order, without being asked', async () => {
    const dir = await tempDir();
    const old = await startRig({ dir });
    old.engine.submit(revision(targetOf(job('a', 1, { requires: ['b'] }), job('b', 1), job('c', 1, { autostart: false }))));
    await untilOutcomes(old, 1);
    await old.engine.stop();
    await old.domain.reboot();

    const rig = await startRig({ dir, boot: 'boot-2' });
    await waitFor(() => rig.domain.calls.includes('activate a v1'), { everyMs: 2 });

    expect(rig.domain.calls.filter((call) => call !== 'clean')).toEqual(['activate b v1', 'ready b v1', 'activate a v1']);
    expect(rig.outcomes).toHaveLength(1);
  });

  it('tells an outcome again until it is acknowledged', async () => {
    const dir = await tempDir();
    const old = await startRig({ dir });
    old.engine.submit(revision(one));
    await untilOutcomes(old, 1);
    await old.engine.stop();

    const second = await startRig({ dir });
    expect(second.outcomes).toEqual(old.outcomes);
    await second.engine.acknowledgeOutcome(1);
    expect(second.engine.outcomes()).toEqual([]);
    await second.engine.stop();

    const third = await startRig({ dir });
    expect(third.outcomes).toEqual([]);
  });

  it('goes on staging what it was staging', async () => {
    const dir = await tempDir();
    const old = await startRig({ dir });
    old.engine.submit(revision(targetOf(job('a', 1, broken('STAGE', 'artifact-unreachable')))));
    await untilState(old, (state) => state.pending !== null);
    await old.engine.stop();

    const rig = await startRig({ dir, boot: 'boot-2' });
    await waitFor(() => rig.domain.calls.includes('stage a v1'), { everyMs: 2 });

    expect(rig.engine.state().activity.kind).toBe('staging');
  });
});

describe('when a unit that others require goes down', () => {
  const restarts = { enabled: false, limit: 0, pauseMs: 0, onDependencyFail: true };
  const chain = targetOf(
    job('app', 1, { requires: ['db'], restart: restarts }),
    job('db', 1),
    job('page', 1, { requires: ['app'], restart: restarts }),
    job('probe', 1, { requires: ['db'] }),
  );

  it('stops those that ask for it, the last first, and starts them when it is back', async () => {
    const rig = await startRig({ dir: await tempDir() });
    rig.engine.submit(revision(chain));
    await untilOutcomes(rig, 1);
    const before = rig.domain.calls.length;

    await rig.domain.tamper('db', { condition: 'failed' });
    await waitFor(() => rig.domain.calls.includes('stop app'), { everyMs: 2 });
    await rig.domain.tamper('db', { condition: 'running' });
    await waitFor(() => rig.domain.calls.slice(before).includes('activate page v1'), { everyMs: 2 });

    expect(rig.domain.calls.slice(before).filter((call) => call !== 'clean')).toEqual([
      'stop page', 'stop app', 'activate app v1', 'activate page v1',
    ]);
  });

  it('does not take them for drift meanwhile', async () => {
    const clock = createFakeClock();
    const rig = await startRig({ dir: await tempDir(), clock, settings: { healEveryMs: 5_000 } });
    rig.engine.submit(revision(chain));
    await untilOutcomes(rig, 1);
    await rig.domain.tamper('db', { condition: 'failed' });
    await waitFor(() => rig.domain.calls.includes('stop app'), { everyMs: 2 });

    await clock.advance(5_000);
    await rig.domain.tamper('probe', { condition: 'stopped' });
    await clock.advance(5_000);
    await untilState(rig, (state) => state.drift.length > 0);

    expect(rig.engine.state().drift.map((drift) => drift.name)).toEqual(['probe']);
  });
});

describe('when a unit drifts', () => {
  it('heals it and reports what it was', async () => {
    const rig = await startRig({ dir: await tempDir(), settings: { healEveryMs: 5 } });
    rig.engine.submit(revision(one));
    await untilOutcomes(rig, 1);

    await rig.domain.tamper('a', { condition: 'stopped' });
    await waitFor(async () => (await rig.domain.snapshot())['a']?.runs, { everyMs: 2 });

    expect(await rig.domain.snapshot()).toEqual({ a: { version: 'v1', runs: true }, b: { version: 'v1', runs: true } });
  });

  it('shows what the last look found', async () => {
    const clock = createFakeClock();
    const rig = await startRig({ dir: await tempDir(), clock, settings: { healEveryMs: 5_000 } });
    rig.engine.submit(revision(one));
    await untilOutcomes(rig, 1);
    await rig.domain.tamper('a', { condition: 'stopped' });

    await clock.advance(5_000);
    await untilState(rig, (state) => state.drift.length > 0);

    expect(rig.engine.state().drift).toEqual([{ domain: 'jobs', name: 'a', message: 'was stopped', healed: true }]);
  });
});

describe('when a transaction is over', () => {
  it('forgets how it came to this: the journal is one line and what happened since', async () => {
    const rig = await startRig({ dir: await tempDir() });
    rig.engine.submit(revision(one));
    await untilOutcomes(rig, 1);

    const lines = async (): Promise<readonly string[]> => (await readFile(rig.journalPath, 'utf8')).split('\n').filter((line) => line !== '');
    await waitFor(async () => (await lines()).length === 1, { everyMs: 2 });
    expect(JSON.parse((await lines())[0] ?? '')).toMatchObject({ kind: 'head', format: 1, book: { outcomes: [{ id: 1 }] } });
  });
});
