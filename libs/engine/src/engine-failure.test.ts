// SPDX-License-Identifier: Apache-2.0
import { targetOf } from '@fairlead/target/testing';
import { createFakeClock, tempDir, waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { broken, job, startRig, untilOutcomes, untilState } from './started-rig.fixture.ts';
import { revision } from './rig.fixture.ts';

const one = targetOf(job('a', 1), job('b', 1));
const two = targetOf(job('a', 2), job('b', 1));

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

    expect(await rig.domain.snapshot()).toEqual({
      a: { version: 'v1', runs: true },
      b: { version: 'v1', runs: true },
    });
    expect(rig.outcomes[1]).toMatchObject({
      result: 'rolled-back',
      code,
      units: [
        { name: 'a', result: 'failed', code },
        { name: 'b', result: 'rolled-back' },
      ],
    });
    expect(rig.engine.state()).toMatchObject({
      committed: { target: revision(one).target },
      failed: { target: revision(bad).target, code },
    });
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

    expect(rig.outcomes.map((outcome) => outcome.result)).toEqual([
      'applied',
      'rolled-back',
      'applied',
      'refused',
    ]);
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

    expect(rig.outcomes[1]).toMatchObject({
      result: 'refused',
      code: 'digest-mismatch',
      units: [{ result: 'failed' }, { result: 'unchanged' }],
    });
    expect(rig.domain.calls).not.toContain('stop a');
    expect(rig.engine.state().failed).toMatchObject({ code: 'digest-mismatch' });
  });

  it('tries again what is wrong around it, says why, and gives no outcome', async () => {
    const rig = await startRig({ dir: await tempDir() });

    rig.engine.submit(revision(targetOf(job('a', 1, broken('STAGE', 'artifact-unreachable')))));
    await waitFor(() => rig.domain.calls.filter((call) => call === 'stage a v1').length >= 3, { everyMs: 2 });

    expect(rig.engine.state()).toMatchObject({
      activity: { kind: 'staging' },
      pending: { code: 'artifact-unreachable' },
      failed: null,
    });
    expect(rig.outcomes).toEqual([]);
  });

  it('waits longer and longer between attempts, up to a cap', async () => {
    const clock = createFakeClock(0);
    const rig = await startRig({
      dir: await tempDir(),
      clock,
      settings: { retryBaseMs: 1_000, retryCapMs: 4_000 },
    });
    rig.engine.submit(revision(targetOf(job('a', 1, broken('STAGE', 'artifact-unreachable')))));
    const waits: number[] = [];

    for (let attempt = 1; attempt <= 5; attempt += 1) {
      await waitFor(
        async () => {
          // The engine may have asked for its pause only after the clock was moved.
          await clock.advance(0);
          return (
            rig.domain.calls.length === attempt && (rig.engine.state().pending?.retryAt ?? 0) > clock.now()
          );
        },
        { everyMs: 2 },
      );
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
  const image = {
    url: 'https://h/i',
    digest: revision(one).target,
    size: 50_000_000,
    format: 'tar' as const,
    version: '1',
  };
  const large = targetOf(
    job('a', 1, { members: [{ name: 'a', image, configs: [], config: null, definition: null }] }),
  );

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

describe('when going back fails too', () => {
  const unit = job('a', 1);

  it('says which units are not what they should be, keeps trying, and takes a newer revision at once', async () => {
    const rig = await startRig({ dir: await tempDir() });
    rig.engine.submit(revision(targetOf(unit, job('b', 1))));
    await untilOutcomes(rig, 1);
    // Somebody removed the committed version of one unit from the disk.
    rig.engine.submit(revision(targetOf(job('a', 2, { env: { HANG_READY: '' } }), job('b', 2)), 2));
    await waitFor(() => rig.domain.calls.includes('ready a v2'), { everyMs: 2 });
    const staged =
      (await rig.domain.observe(new AbortController().signal)).find((seen) => seen.name === 'a')?.staged ??
      [];
    await rig.domain.tamper('a', { staged: staged.slice(1) });
    rig.engine.submit(revision(targetOf(job('b', 3)), 3));
    await untilOutcomes(rig, 3);

    expect(rig.outcomes.slice(1)).toMatchObject([
      {
        result: 'inconsistent',
        units: [{ name: 'a', result: 'inconsistent', code: 'storage-failed' }, { name: 'b' }],
      },
      { result: 'applied' },
    ]);
    expect(await rig.domain.snapshot()).toEqual({ b: { version: 'v3', runs: true } });
  });

  it('brings back what it can, and repairs the rest by itself', async () => {
    const rig = await startRig({ dir: await tempDir() });
    rig.engine.submit(revision(targetOf(unit, job('b', 1))));
    await untilOutcomes(rig, 1);
    const staged =
      (await rig.domain.observe(new AbortController().signal)).find((seen) => seen.name === 'a')?.staged ??
      [];
    await rig.domain.tamper('a', { staged: staged.slice(1) });

    rig.engine.submit(revision(targetOf(job('a', 2, broken('HEALTH', 'health-failed')), job('b', 2)), 2));
    await untilOutcomes(rig, 2);
    await untilState(rig, (state) => state.activity.kind === 'idle');

    expect(rig.outcomes[1]).toMatchObject({
      result: 'inconsistent',
      code: 'health-failed',
      units: [
        { name: 'a', result: 'inconsistent', code: 'storage-failed' },
        { name: 'b', result: 'rolled-back' },
      ],
    });
    expect(await rig.domain.snapshot()).toEqual({
      a: { version: 'v1', runs: true },
      b: { version: 'v1', runs: true },
    });
    expect(rig.engine.state().failed).toMatchObject({ code: 'health-failed' });
  });
});

describe('when the journal cannot be written', () => {
  it('does nothing but wait, says so, and goes on when it can be again', async () => {
    let isFull = true;
    const fault = {
      beforeSync: (n: number) => (isFull && n > 2 ? Promise.reject(new Error('EIO')) : undefined),
      afterSync: () => undefined,
    };
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
