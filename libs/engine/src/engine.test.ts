// SPDX-License-Identifier: Apache-2.0
import type { JobUnit } from '@fairlead/target';
import { jobUnit, targetOf } from '@fairlead/target/testing';
import { createFakeClock, systemClock, tempDir, waitFor } from '@fairlead/testing';
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
const two = targetOf(job('a', 2), job('b', 1));
const broken = (step: string, code: string): Partial<JobUnit> => ({ env: { [`FAIL_${step}`]: code } });

describe('when a revision is submitted', () => {
  it('brings the device there and says so once', async () => {
    const rig = await startRig({ dir: await tempDir() });

    rig.engine.submit(revision(one));
    await untilOutcomes(rig, 1);

    expect(await rig.domain.snapshot()).toEqual({ a: { version: 'v1', runs: true }, b: { version: 'v1', runs: true } });
    expect(rig.outcomes).toMatchObject([
      {
        id: 1,
        revision: revision(one).revision,
        previous: null,
        result: 'applied',
        units: [{ name: 'a', result: 'applied' }, { name: 'b', result: 'applied' }],
      },
    ]);
  });

  it('touches only what it changes', async () => {
    const rig = await startRig({ dir: await tempDir() });
    rig.engine.submit(revision(one));
    await untilOutcomes(rig, 1);
    const before = rig.domain.calls.length;

    rig.engine.submit(revision(two, 2));
    await untilOutcomes(rig, 2);

    expect(rig.domain.calls.slice(before).filter((call) => call !== 'clean')).toEqual([
      'stage a v2', 'stop a', 'switch a v2', 'activate a v2', 'ready a v2', 'health a v2',
    ]);
    expect(rig.outcomes[1]).toMatchObject({ previous: revision(one).target, units: [{ result: 'applied' }, { result: 'unchanged' }] });
  });

  it('does nothing about the same one again, and only notes a newer one of the same target', async () => {
    const rig = await startRig({ dir: await tempDir() });
    rig.engine.submit(revision(one));
    await untilOutcomes(rig, 1);
    const before = rig.domain.calls.filter((call) => call !== 'clean').length;

    rig.engine.submit(revision(one));
    rig.engine.submit(revision(one, 7));
    await untilState(rig, (state) => state.committed?.counter === 7);

    expect(rig.engine.state()).toMatchObject({ committed: { revision: revision(one, 7).revision }, activity: { kind: 'idle' } });
    expect(rig.domain.calls.filter((call) => call !== 'clean')).toHaveLength(before);
    expect(rig.outcomes).toHaveLength(1);
  });

  it('stops everything for an empty one', async () => {
    const rig = await startRig({ dir: await tempDir() });
    rig.engine.submit(revision(one));
    await untilOutcomes(rig, 1);

    rig.engine.submit(revision(targetOf(), 2));
    await untilOutcomes(rig, 2);

    expect(await rig.domain.snapshot()).toEqual({});
    expect(rig.outcomes[1]?.units).toMatchObject([{ name: 'a', result: 'removed' }, { name: 'b', result: 'removed' }]);
  });

  it('reports a blocked unit with its reason, and no failure', async () => {
    const rig = await startRig({ dir: await tempDir() });

    rig.engine.submit(revision(targetOf(job('a', 1, { disabled: true }), job('b', 1, { requires: ['a'] }))));
    await untilOutcomes(rig, 1);

    expect(rig.outcomes[0]).toMatchObject({ result: 'applied', units: [{ name: 'a', result: 'applied' }, { name: 'b', result: 'blocked' }] });
    expect(rig.engine.state().blocked).toEqual([{ domain: 'jobs', name: 'b', by: 'a' }]);
    expect(await rig.domain.snapshot()).toEqual({ a: { version: 'v1', runs: false }, b: { version: 'v1', runs: false } });
  });

  it('keeps the version before, and drops the one before that', async () => {
    const rig = await startRig({ dir: await tempDir() });
    for (const [index, version] of [1, 2, 3].entries()) {
      rig.engine.submit(revision(targetOf(job('a', version)), version));
      await untilOutcomes(rig, index + 1);
    }

    const staged = async (): Promise<number> => (await rig.domain.observe(new AbortController().signal))[0]?.staged.length ?? 0;
    await waitFor(async () => (await staged()) === 2, { everyMs: 2 });
    expect(await staged()).toBe(2);
  });
});

describe('when a unit fails after the first stop', () => {
  it.each([
    ['ACTIVATE', 'program-not-found'],
    ['READY', 'ready-timeout'],
    ['HEALTH', 'health-failed'],
  ])('goes back as a whole if it is %s, and remembers the target with its reason', async (step, code) => {
    const rig = await startRig({ dir: await tempDir() });
    rig.engine.submit(revision(one));
    await untilOutcomes(rig, 1);

    const bad = targetOf(job('a', 2, broken(step, code)), job('b', 2));
    rig.engine.submit(revision(bad, 2));
    await untilOutcomes(rig, 2);

    expect(await rig.domain.snapshot()).toEqual({ a: { version: 'v1', runs: true }, b: { version: 'v1', runs: true } });
    expect(rig.outcomes[1]).toMatchObject({
      result: 'rolled-back',
      code,
      units: [{ name: 'a', result: 'failed', code }, { name: 'b', result: 'rolled-back' }],
    });
    expect(rig.engine.state()).toMatchObject({ committed: { target: revision(one).target }, failed: { target: revision(bad).target, code } });
  });

  it('does not try the same target again, whatever the revision, until it is told to', async () => {
    const rig = await startRig({ dir: await tempDir() });
    const bad = targetOf(job('a', 2, broken('ACTIVATE', 'start-failed')));
    rig.engine.submit(revision(bad));
    await untilOutcomes(rig, 1);
    const activations = (): number => rig.domain.calls.filter((call) => call === 'activate a v2').length;

    rig.engine.submit(revision(bad, 2));
    await untilState(rig, (state) => state.desired?.counter === 2);
    expect(activations()).toBe(1);

    rig.engine.retry();
    await untilOutcomes(rig, 2);
    expect(activations()).toBe(2);
    expect(rig.outcomes).toHaveLength(2);
  });

  it('refuses the target at once when a later revision comes back to it', async () => {
    const rig = await startRig({ dir: await tempDir() });
    const bad = targetOf(job('a', 2, broken('ACTIVATE', 'start-failed')));
    for (const [index, target] of [one, bad, one, bad].entries()) {
      rig.engine.submit(revision(target, index + 1));
      await untilOutcomes(rig, index + 1);
    }

    expect(rig.outcomes.map((outcome) => outcome.result)).toEqual(['applied', 'rolled-back', 'applied', 'refused']);
    expect(rig.outcomes[3]).toMatchObject({ code: 'start-failed', revision: revision(bad, 4).revision });
    expect(rig.domain.calls.filter((call) => call === 'activate a v2')).toHaveLength(1);
  });

  it('forgets the failure when another version of the agent runs', async () => {
    const dir = await tempDir();
    const bad = targetOf(job('a', 2, broken('ACTIVATE', 'start-failed')));
    const old = await startRig({ dir });
    old.engine.submit(revision(bad));
    await untilOutcomes(old, 1);
    await old.engine.stop();

    const rig = await startRig({ dir, agentVersion: '2.0.0' });
    rig.engine.submit(revision(bad));
    await untilOutcomes(rig, 2);

    expect(rig.domain.calls).toContain('activate a v2');
  });
});

describe('when staging fails', () => {
  it('refuses what is wrong in itself, touches nothing and remembers it', async () => {
    const rig = await startRig({ dir: await tempDir() });
    rig.engine.submit(revision(one));
    await untilOutcomes(rig, 1);

    rig.engine.submit(revision(targetOf(job('a', 2, broken('STAGE', 'digest-mismatch')), job('b', 1)), 2));
    await untilOutcomes(rig, 2);

    expect(rig.outcomes[1]).toMatchObject({ result: 'refused', code: 'digest-mismatch', units: [{ result: 'failed' }, { result: 'unchanged' }] });
    expect(rig.domain.calls).not.toContain('stop a');
    expect(rig.engine.state().failed).toMatchObject({ code: 'digest-mismatch' });
  });

  it('tries again what is wrong around it, says why, and gives no outcome', async () => {
    const rig = await startRig({ dir: await tempDir() });

    rig.engine.submit(revision(targetOf(job('a', 1, broken('STAGE', 'artifact-unreachable')))));
    await waitFor(() => rig.domain.calls.filter((call) => call === 'stage a v1').length >= 3, { everyMs: 2 });

    expect(rig.engine.state()).toMatchObject({ activity: { kind: 'staging' }, pending: { code: 'artifact-unreachable' }, failed: null });
    expect(rig.outcomes).toEqual([]);
  });

  it('waits longer and longer between attempts, up to a cap', async () => {
    const clock = createFakeClock(0);
    const rig = await startRig({ dir: await tempDir(), clock, settings: { retryBaseMs: 1_000, retryCapMs: 4_000 } });
    rig.engine.submit(revision(targetOf(job('a', 1, broken('STAGE', 'artifact-unreachable')))));
    const waits: number[] = [];

    for (let attempt = 1; attempt <= 5; attempt += 1) {
      await waitFor(() => rig.domain.calls.length === attempt && (rig.engine.state().pending?.retryAt ?? 0) > clock.now(), { everyMs: 2 });
      waits.push((rig.engine.state().pending?.retryAt ?? 0) - clock.now());
      await clock.advance(waits.at(-1) ?? 0);
    }

    expect(waits).toEqual([500, 1_000, 2_000, 2_000, 2_000]);
  });

  it('drops it for a newer revision at once', async () => {
    const rig = await startRig({ dir: await tempDir() });
    rig.engine.submit(revision(targetOf(job('a', 1, { env: { HANG_STAGE: '' } }))));
    await waitFor(() => rig.domain.calls.includes('stage a v1'), { everyMs: 2 });

    rig.engine.submit(revision(two, 2));
    await untilOutcomes(rig, 1);

    expect(rig.outcomes).toMatchObject([{ revision: revision(two, 2).revision, result: 'applied' }]);
  });
});

describe('when there is too little space', () => {
  const image = { url: 'https://h/i', digest: revision(one).target, size: 50_000_000, format: 'tar' as const, version: '1' };
  const large = targetOf(job('a', 1, { members: [{ name: 'a', image, configs: [], config: null, definition: null }] }));

  it('collects garbage, then waits and names both numbers', async () => {
    const rig = await startRig({ dir: await tempDir(), freeBytes: () => 60_000_000 });

    rig.engine.submit(revision(large));
    await untilState(rig, (state) => state.pending !== null);

    expect(rig.engine.state().pending).toMatchObject({
      code: 'no-space',
      message: 'needs 111.7 MiB (64.0 MiB of it in reserve), free are 57.2 MiB',
    });
    expect(rig.domain.calls).toContain('clean');
    expect(rig.domain.calls).not.toContain('stage a v1');
  });

  it('goes on by itself once there is space', async () => {
    let free = 0;
    const rig = await startRig({ dir: await tempDir(), freeBytes: () => free });
    rig.engine.submit(revision(large));
    await untilState(rig, (state) => state.pending !== null);

    free = 200_000_000;
    await untilOutcomes(rig, 1);

    expect(rig.engine.state().pending).toBeNull();
  });
});

describe('when a newer revision arrives while units are changed', () => {
  it('ends the waits early, goes back to the committed state, and applies the newer one', async () => {
    const rig = await startRig({ dir: await tempDir() });
    rig.engine.submit(revision(one));
    await untilOutcomes(rig, 1);
    rig.engine.submit(revision(targetOf(job('a', 9, { env: { HANG_READY: '' } })), 2));
    await waitFor(() => rig.domain.calls.includes('ready a v9'), { everyMs: 2 });

    rig.engine.submit(revision(two, 3));
    await untilOutcomes(rig, 3);

    expect(rig.outcomes.slice(1)).toMatchObject([
      { result: 'rolled-back', code: 'superseded' },
      { result: 'applied', revision: revision(two, 3).revision, previous: revision(one).target },
    ]);
    expect(rig.engine.state().failed).toBeNull();
    expect(await rig.domain.snapshot()).toEqual({ a: { version: 'v2', runs: true }, b: { version: 'v1', runs: true } });
  });

  it('goes on as if nothing happened when the newer one means the same target', async () => {
    const rig = await startRig({ dir: await tempDir() });
    const slow = targetOf(job('a', 1, { env: { HANG_HEALTH: '' } }));
    rig.engine.submit(revision(slow));
    await waitFor(() => rig.domain.calls.includes('health a v1'), { everyMs: 2 });

    rig.engine.submit(revision(slow, 2));
    rig.engine.submit(revision(targetOf(), 3));
    await untilOutcomes(rig, 2);

    expect(rig.domain.calls.filter((call) => call === 'health a v1')).toHaveLength(1);
  });
});

describe('when going back fails too', () => {
  const unit = job('a', 1);

  it('says which units are not what they should be, keeps trying, and takes a newer revision at once', async () => {
    const rig = await startRig({ dir: await tempDir() });
    rig.engine.submit(revision(targetOf(unit, job('b', 1))));
    await untilOutcomes(rig, 1);
    // Somebody removed the committed version of one unit from the disk.
    rig.engine.submit(revision(targetOf(job('a', 2, { env: { HANG_READY: '' } }), job('b', 2)), 2));
    await waitFor(() => rig.domain.calls.includes('ready a v2'), { everyMs: 2 });
    const staged = (await rig.domain.observe(new AbortController().signal)).find((seen) => seen.name === 'a')?.staged ?? [];
    await rig.domain.tamper('a', { staged: staged.slice(1) });
    rig.engine.submit(revision(targetOf(job('b', 3)), 3));
    await untilOutcomes(rig, 3);

    expect(rig.outcomes.slice(1)).toMatchObject([
      { result: 'inconsistent', units: [{ name: 'a', result: 'inconsistent', code: 'storage-failed' }, { name: 'b' }] },
      { result: 'applied' },
    ]);
    expect(await rig.domain.snapshot()).toEqual({ b: { version: 'v3', runs: true } });
  });

  it('brings back what it can, and repairs the rest by itself', async () => {
    const rig = await startRig({ dir: await tempDir() });
    rig.engine.submit(revision(targetOf(unit, job('b', 1))));
    await untilOutcomes(rig, 1);
    const staged = (await rig.domain.observe(new AbortController().signal)).find((seen) => seen.name === 'a')?.staged ?? [];
    await rig.domain.tamper('a', { staged: staged.slice(1) });

    rig.engine.submit(revision(targetOf(job('a', 2, broken('HEALTH', 'health-failed')), job('b', 2)), 2));
    await untilOutcomes(rig, 2);
    await untilState(rig, (state) => state.activity.kind === 'idle');

    expect(rig.outcomes[1]).toMatchObject({
      result: 'inconsistent',
      code: 'health-failed',
      units: [{ name: 'a', result: 'inconsistent', code: 'storage-failed' }, { name: 'b', result: 'rolled-back' }],
    });
    expect(await rig.domain.snapshot()).toEqual({ a: { version: 'v1', runs: true }, b: { version: 'v1', runs: true } });
    expect(rig.engine.state().failed).toMatchObject({ code: 'health-failed' });
  });
});

describe('when the journal cannot be written', () => {
  it('does nothing but wait, says so, and goes on when it can be again', async () => {
    let isFull = true;
    const fault = { beforeSync: (n: number) => (isFull && n > 2 ? Promise.reject(new Error('EIO')) : undefined), afterSync: () => undefined };
    const rig = await startRig({ dir: await tempDir(), fault });
    rig.engine.submit(revision(one));
    await untilState(rig, (state) => state.pending?.code === 'storage-failed');
    expect(rig.domain.calls).toEqual([]);

    isFull = false;
    await untilOutcomes(rig, 1);

    expect(rig.outcomes).toMatchObject([{ result: 'applied' }]);
    expect(rig.engine.state().pending).toBeNull();
  });
});
