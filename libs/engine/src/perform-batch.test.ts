// SPDX-License-Identifier: Apache-2.0
import { makePlan, nextBatch } from '@fairlead/planner';
import type { JobUnit } from '@fairlead/target';
import { targetOf } from '@fairlead/target/testing';
import { tempDir, waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import type { Domain } from './domain.ts';
import { joinDomains } from './drivers.ts';
import { createFileDomain } from './file-domain.fixture.ts';
import { performBatch } from './perform-batch.ts';
import { revision } from './rig.fixture.ts';
import { job, startRig, untilOutcomes } from './started-rig.fixture.ts';

const many = (count: number, fields: Partial<JobUnit> = {}): readonly JobUnit[] =>
  Array.from({ length: count }, (_, n) => job(`job-${String(n)}`, 1, fields));

describe('when units do not require each other', () => {
  it('writes two records for one phase of all of them', async () => {
    const dir = await tempDir();
    let syncs = 0;
    const rig = await startRig({
      dir,
      fault: { beforeSync: () => void (syncs += 1), afterSync: () => undefined },
    });

    rig.engine.submit(revision(targetOf(...many(20))));
    await untilOutcomes(rig, 1);

    expect(rig.domain.calls.filter((call) => call.startsWith('activate'))).toHaveLength(20);
    // The begin of the journal, noted, stage, room, apply, end, what cleans up; and two for each of three batches.
    expect(syncs).toBeLessThanOrEqual(15);
  });

  it('has eight of them act at once at most, and all of them wait', async () => {
    const domain: Domain = createFileDomain(await tempDir());
    let [acting, most, waiting] = [0, 0, 0];
    const drivers = joinDomains([
      {
        ...domain,
        async stage(unit, signal) {
          acting += 1;
          most = Math.max(most, acting);
          const result = await domain.stage(unit, signal);
          acting -= 1;
          return result;
        },
        async health(unit, signal) {
          waiting += 1;
          return domain.health(unit, signal);
        },
      },
    ]);
    const wanted = targetOf(...many(20, { env: { HANG_HEALTH: '' } }));
    const { steps } = makePlan(targetOf(), [], wanted);
    const end = new AbortController();
    const options = { signal: end.signal, goesOn: () => false };
    const batchOf = (kind: string) =>
      nextBatch(
        steps.filter((step) => step.kind === kind),
        [wanted],
      );

    expect(await performBatch(drivers, batchOf('stage'), [wanted], options)).toEqual({ kind: 'done' });
    const ended = performBatch(drivers, batchOf('health'), [wanted], options);
    await waitFor(() => waiting === 20, { everyMs: 2 });
    end.abort();

    expect(most).toBe(8);
    expect(await ended).toEqual({ kind: 'called-off' });
  });
});

describe('when one of several units that start together fails', () => {
  it('does not wait for the others, and says which it was', async () => {
    const rig = await startRig({ dir: await tempDir() });

    rig.engine.submit(
      revision(
        targetOf(
          job('a', 1, { env: { HANG_READY: '' } }),
          job('b', 1, { env: { FAIL_READY: 'start-failed' } }),
        ),
      ),
    );
    await untilOutcomes(rig, 1);

    expect(rig.outcomes[0]).toMatchObject({
      result: 'rolled-back',
      code: 'start-failed',
      units: [
        { name: 'a', result: 'rolled-back' },
        { name: 'b', result: 'failed' },
      ],
    });
    expect(await rig.domain.snapshot()).toEqual({});
  });

  it('brings all others back where one cannot be', async () => {
    const rig = await startRig({ dir: await tempDir() });
    const stubborn = { FAIL_ACTIVATE: 'start-failed' };
    rig.engine.submit(revision(targetOf(job('a', 1), job('b', 1), job('c', 1))));
    await untilOutcomes(rig, 1);
    await rig.domain.tamper('b', { staged: [] });

    rig.engine.submit(revision(targetOf(job('a', 2), job('b', 2), job('c', 2, { env: stubborn })), 2));
    await untilOutcomes(rig, 2);

    expect(rig.outcomes[1]).toMatchObject({
      result: 'inconsistent',
      units: [
        { result: 'rolled-back' },
        { name: 'b', result: 'inconsistent' },
        { name: 'c', result: 'failed' },
      ],
    });
    expect(await rig.domain.snapshot()).toMatchObject({
      a: { version: 'v1', runs: true },
      c: { version: 'v1', runs: true },
    });
  });
});

describe('when one of several units cannot be staged for now', () => {
  it('stages the others all the same, and tries again', async () => {
    const rig = await startRig({ dir: await tempDir() });

    rig.engine.submit(
      revision(targetOf(job('a', 1, { env: { FAIL_STAGE: 'artifact-unreachable' } }), ...many(20))),
    );
    await waitFor(() => rig.engine.state().pending !== null, { everyMs: 2 });

    expect(rig.engine.state().pending).toMatchObject({ code: 'artifact-unreachable' });
    expect(new Set(rig.domain.calls.filter((call) => call.startsWith('stage'))).size).toBe(21);
    expect(rig.outcomes).toEqual([]);
  });
});
