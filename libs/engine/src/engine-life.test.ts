// SPDX-License-Identifier: Apache-2.0
import { targetOf } from '@fairlead/target/testing';
import { createFakeClock, systemClock, tempDir, waitFor } from '@fairlead/testing';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { DriftReport } from './engine-state.ts';
import { broken, job, startRig, untilOutcomes, untilState } from './started-rig.fixture.ts';
import { createRig, revision, type Rig } from './rig.fixture.ts';

const one = targetOf(job('a', 1), job('b', 1));

/** Every drift that is reported from now on. */
function driftOf(rig: Rig): readonly DriftReport[] {
  const all: DriftReport[] = [];
  let last: readonly DriftReport[] = [];
  rig.engine.onEvent((event) => {
    if (event.kind !== 'status' || event.state.drift === last) return;
    last = event.state.drift;
    all.push(...last);
  });
  return all;
}

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
    expect(rig.engine.state()).toMatchObject({
      committed: { target: revision(one).target },
      activity: { kind: 'idle' },
    });
  });

  it('brings the committed units up after a reboot, in order, without being asked', async () => {
    const dir = await tempDir();
    const old = await startRig({ dir });
    old.engine.submit(
      revision(targetOf(job('a', 1, { requires: ['b'] }), job('b', 1), job('c', 1, { autostart: false }))),
    );
    await untilOutcomes(old, 1);
    await old.engine.stop();
    await old.domain.reboot();

    const rig = await startRig({ dir, boot: 'boot-2' });
    await waitFor(() => rig.domain.calls.includes('activate a v1'), { everyMs: 2 });

    expect(rig.domain.calls.filter((call) => call !== 'clean')).toEqual([
      'activate b v1',
      'ready b v1',
      'activate a v1',
    ]);
    expect(rig.outcomes).toHaveLength(1);
  });

  it('rolls an open transaction back after a reboot, and tries again when the revision is offered again', async () => {
    const dir = await tempDir();
    const old = await startRig({ dir });
    old.engine.submit(revision(one));
    await untilOutcomes(old, 1);
    const next = targetOf(job('a', 2, { env: { HANG_READY: '' } }), job('b', 1));
    old.engine.submit(revision(next, 2));
    await waitFor(() => old.domain.calls.includes('ready a v2'), { everyMs: 2 });
    await old.engine.stop();
    await old.domain.reboot();

    const rig = await startRig({ dir, boot: 'boot-2' });
    await untilOutcomes(rig, 2);
    await waitFor(async () => Object.values(await rig.domain.snapshot()).every((unit) => unit.runs), {
      everyMs: 2,
    });
    expect(rig.outcomes[1]).toMatchObject({
      result: 'rolled-back',
      code: 'interrupted',
      units: [{ result: 'rolled-back' }, { result: 'unchanged' }],
    });
    expect(await rig.domain.snapshot()).toEqual({
      a: { version: 'v1', runs: true },
      b: { version: 'v1', runs: true },
    });

    rig.engine.submit(revision(next, 2));
    await waitFor(() => rig.domain.calls.includes('ready a v2'), { everyMs: 2 });
    expect(rig.engine.state().failed).toBeNull();
  });

  it('goes on with an open transaction in the same boot', async () => {
    const dir = await tempDir();
    const old = await startRig({ dir });
    old.engine.submit(revision(targetOf(job('a', 1, { env: { HANG_READY: '' } }))));
    await waitFor(() => old.domain.calls.includes('ready a v1'), { everyMs: 2 });
    await old.engine.stop();

    const rig = await startRig({ dir });
    await waitFor(() => rig.domain.calls.includes('ready a v1'), { everyMs: 2 });

    // Who was activated already is left alone by the driver.
    expect(rig.domain.calls).toEqual(['activate a v1', 'ready a v1']);
    expect(rig.engine.state().activity).toMatchObject({ kind: 'applying', phase: 'activate' });
  });

  it('leaves what runs alone when nothing was ever committed', async () => {
    const dir = await tempDir();
    const stray = createRig({ dir, clock: systemClock }).domain;
    await stray.tamper('stray', { condition: 'running' });

    const rig = await startRig({ dir });
    await untilState(rig, (state) => state.units.length === 1);

    expect(await rig.domain.snapshot()).toMatchObject({ stray: { runs: true } });
    expect(rig.domain.calls).toEqual([]);
  });

  it('tells an outcome again until it is acknowledged', async () => {
    const dir = await tempDir();
    const old = await startRig({ dir });
    old.engine.submit(revision(one));
    await untilOutcomes(old, 1);
    await old.engine.stop();

    const second = createRig({ dir, clock: systemClock });
    second.engine.onEvent((event) => {
      if (event.kind === 'outcome') void second.engine.acknowledgeOutcome(event.outcome.id);
    });
    await second.start();
    expect(second.outcomes).toEqual(old.outcomes);
    await waitFor(() => second.engine.outcomes().length === 0, { everyMs: 2 });
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
      'stop page',
      'stop app',
      'activate app v1',
      'activate page v1',
    ]);
  });

  it('does not take them for drift meanwhile', async () => {
    const rig = await startRig({ dir: await tempDir(), settings: { healEveryMs: 5 } });
    const drift = driftOf(rig);
    rig.engine.submit(revision(chain));
    await untilOutcomes(rig, 1);
    await rig.domain.tamper('db', { condition: 'failed' });
    await waitFor(() => rig.domain.calls.includes('stop app'), { everyMs: 2 });

    await rig.domain.tamper('probe', { condition: 'stopped' });
    await waitFor(() => drift.length > 0, { everyMs: 2 });

    expect(drift.map((found) => found.name)).toEqual(['probe']);
    expect(await rig.domain.snapshot()).toMatchObject({ app: { runs: false }, page: { runs: false } });
  });
});

describe('when a unit drifts', () => {
  it('heals it and reports what it was', async () => {
    const rig = await startRig({ dir: await tempDir(), settings: { healEveryMs: 5 } });
    const drift = driftOf(rig);
    rig.engine.submit(revision(one));
    await untilOutcomes(rig, 1);

    await rig.domain.tamper('a', { condition: 'stopped' });
    await waitFor(() => drift.length > 0, { everyMs: 2 });

    expect(drift).toEqual([{ domain: 'jobs', name: 'a', message: 'was stopped', healed: true }]);
    expect(await rig.domain.snapshot()).toEqual({
      a: { version: 'v1', runs: true },
      b: { version: 'v1', runs: true },
    });
  });

  it('looks again after the set time', async () => {
    const clock = createFakeClock();
    const rig = await startRig({ dir: await tempDir(), clock, settings: { healEveryMs: 5_000 } });
    const drift = driftOf(rig);
    rig.engine.submit(revision(one));
    await untilOutcomes(rig, 1);
    await rig.domain.tamper('a', { condition: 'stopped' });
    expect(drift).toEqual([]);

    await waitFor(
      async () => {
        await clock.advance(5_000);
        return drift.length > 0;
      },
      { everyMs: 2 },
    );

    expect(drift[0]).toMatchObject({ name: 'a' });
  });
});

describe('when a transaction is over', () => {
  it('forgets how it came to this: the journal is one line and what happened since', async () => {
    const rig = await startRig({ dir: await tempDir() });
    rig.engine.submit(revision(one));
    await untilOutcomes(rig, 1);

    const lines = async (): Promise<readonly string[]> =>
      (await readFile(rig.journalPath, 'utf8')).split('\n').filter((line) => line !== '');
    await waitFor(async () => (await lines()).length === 1, { everyMs: 2 });
    expect(JSON.parse((await lines())[0] ?? '')).toMatchObject({
      kind: 'head',
      format: 1,
      book: { outcomes: [{ id: 1 }] },
    });
  });
});
