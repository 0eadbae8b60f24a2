// SPDX-License-Identifier: Apache-2.0
import { targetOf } from '@fairlead/target/testing';
import { tempDir, waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { job, startRig, untilOutcomes, untilState } from './started-rig.fixture.ts';
import { revision } from './rig.fixture.ts';

const one = targetOf(job('a', 1), job('b', 1));
const two = targetOf(job('a', 2), job('b', 1));

describe('when a revision is submitted', () => {
  it('brings the device there and says so once', async () => {
    const rig = await startRig({ dir: await tempDir() });

    rig.engine.submit(revision(one));
    await untilOutcomes(rig, 1);

    expect(await rig.domain.snapshot()).toEqual({
      a: { version: 'v1', runs: true },
      b: { version: 'v1', runs: true },
    });
    expect(rig.outcomes).toMatchObject([
      {
        id: 1,
        revision: revision(one).revision,
        previous: null,
        result: 'applied',
        units: [
          { name: 'a', result: 'applied' },
          { name: 'b', result: 'applied' },
        ],
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
      'stage a v2',
      'stop a',
      'switch a v2',
      'activate a v2',
      'ready a v2',
      'health a v2',
    ]);
    expect(rig.outcomes[1]).toMatchObject({
      previous: revision(one).target,
      units: [{ result: 'applied' }, { result: 'unchanged' }],
    });
  });

  it('does nothing about the same one again, and only notes a newer one of the same target', async () => {
    const rig = await startRig({ dir: await tempDir() });
    rig.engine.submit(revision(one));
    await untilOutcomes(rig, 1);
    const before = rig.domain.calls.filter((call) => call !== 'clean').length;

    rig.engine.submit(revision(one));
    rig.engine.submit(revision(one, 7));
    await untilState(rig, (state) => state.committed?.counter === 7);

    expect(rig.engine.state()).toMatchObject({
      committed: { revision: revision(one, 7).revision },
      activity: { kind: 'idle' },
    });
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
    expect(rig.outcomes[1]?.units).toMatchObject([
      { name: 'a', result: 'removed' },
      { name: 'b', result: 'removed' },
    ]);
  });

  it('reports a blocked unit with its reason, and no failure', async () => {
    const rig = await startRig({ dir: await tempDir() });

    rig.engine.submit(revision(targetOf(job('a', 1, { disabled: true }), job('b', 1, { requires: ['a'] }))));
    await untilOutcomes(rig, 1);

    expect(rig.outcomes[0]).toMatchObject({
      result: 'applied',
      units: [
        { name: 'a', result: 'applied' },
        { name: 'b', result: 'blocked' },
      ],
    });
    expect(rig.engine.state().resting).toEqual([
      { domain: 'jobs', name: 'a', message: 'it is disabled' },
      { domain: 'jobs', name: 'b', message: "it waits for 'a', which is disabled" },
    ]);
    expect(await rig.domain.snapshot()).toEqual({
      a: { version: 'v1', runs: false },
      b: { version: 'v1', runs: false },
    });
  });

  it('keeps the version before, and drops the one before that', async () => {
    const rig = await startRig({ dir: await tempDir() });
    for (const [index, version] of [1, 2, 3].entries()) {
      rig.engine.submit(revision(targetOf(job('a', version)), version));
      await untilOutcomes(rig, index + 1);
    }

    const staged = async (): Promise<number> =>
      (await rig.domain.observe(new AbortController().signal))[0]?.staged.length ?? 0;
    await waitFor(async () => (await staged()) === 2, { everyMs: 2 });
    expect(await staged()).toBe(2);
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
    expect(await rig.domain.snapshot()).toEqual({
      a: { version: 'v2', runs: true },
      b: { version: 'v1', runs: true },
    });
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
