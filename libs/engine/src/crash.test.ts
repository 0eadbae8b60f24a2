// SPDX-License-Identifier: Apache-2.0
import type { TargetState } from '@fairlead/target';
import { jobUnit, targetOf } from '@fairlead/target/testing';
import { systemClock, tempDir, waitFor } from '@fairlead/testing';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from './outcome.ts';
import { freezeAt, moments, type Crash } from './freezer.fixture.ts';
import { createRig, revision, type Rig, type RigOptions } from './rig.fixture.ts';

type Snapshot = Awaited<ReturnType<Rig['domain']['snapshot']>>;

const start = async (options: Omit<RigOptions, 'clock'>): Promise<Rig> => {
  const rig = createRig({ clock: systemClock, ...options });
  await rig.start();
  return rig;
};

/** At rest: nothing under way, and the newest revision answered. */
function isSettled(rig: Rig): boolean {
  const { activity, desired, committed } = rig.engine.state();
  const isAnswered = rig.outcomes.some((outcome) => outcome.revision === desired?.revision);
  return activity.kind === 'idle' && (desired?.target === committed?.target || isAnswered);
}

const settle = (rig: Rig): Promise<unknown> =>
  waitFor(() => isSettled(rig), { everyMs: 1, what: 'a settled engine' });

const at = (version: string): Snapshot => ({
  a: { version, runs: true },
  b: { version, runs: true },
  c: { version, runs: true },
});
const units = (version: string, fields: { readonly env?: Record<string, string> } = {}): TargetState =>
  targetOf(
    jobUnit({ name: 'a', args: [version] }),
    jobUnit({ name: 'b', args: [version], requires: ['a'], ...fields }),
    jobUnit({ name: 'c', args: [version] }),
  );

const oldState = units('v1');
const targets = {
  'a good revision': { state: units('v2'), end: at('v2'), result: 'applied' },
  'a revision whose unit fails its start': {
    state: units('v2', { env: { FAIL_READY: 'start-failed' } }),
    end: at('v1'),
    result: 'rolled-back',
  },
  'a revision that cannot be staged': {
    state: units('v2', { env: { FAIL_STAGE: 'digest-mismatch' } }),
    end: at('v1'),
    result: 'refused',
  },
} as const;

/** A device at the old state, made once. */
let settledDevice: string;
beforeAll(async () => {
  settledDevice = await mkdtemp(join(tmpdir(), 'fairlead-old-'));
  const rig = await start({ dir: settledDevice });
  rig.engine.submit(revision(oldState));
  await waitFor(async () => rig.outcomes.length === 1 && (await isCompact(settledDevice)), { everyMs: 1 });
  await rig.engine.stop();
});
afterAll(() => rm(settledDevice, { recursive: true }));

/** Gives the device another revision and kills the agent while it works on it. False: it was done before. */
async function crashWhile(dir: string, state: TargetState, crash: Crash): Promise<boolean> {
  await cp(settledDevice, dir, { recursive: true });
  const { fault, isFrozen, thaw } = await freezeAt(crash, dir);
  const second = createRig({ dir, clock: systemClock, fault });
  const started = second.start();
  second.engine.submit(revision(state, 2));
  await waitFor(
    async () => isFrozen() || (second.outcomes.some((outcome) => outcome.id === 2) && (await isCompact(dir))),
    { everyMs: 1 },
  );
  const wasCut = isFrozen();
  second.abort();
  thaw();
  await started.catch(() => undefined);
  await second.engine.stop();
  return wasCut;
}

/** Cleaning up is over: the journal says all in one line. */
async function isCompact(dir: string): Promise<boolean> {
  const text = await readFile(join(dir, 'journal.jsonl'), 'utf8');
  return text.split('\n').filter((line) => line !== '').length === 1;
}

/** Some fifteen cuts each, with several fsyncs of slow disks. */
const patience = 60_000;

describe.each(Object.entries(targets))(
  'when the agent is killed while it applies %s',
  (_, { state, end, result }) => {
    it.each(moments)(
      'ends as if it had not been, cut %s each fsync',
      async (moment) => {
        let sync = 1;
        for (let isCut = true; isCut; sync += 1) {
          const dir = await tempDir('crash');
          isCut = await crashWhile(dir, state, { sync, moment });

          const rig = await start({ dir });
          await settle(rig);
          rig.engine.submit(revision(state, 2));
          await waitFor(() => rig.engine.state().desired?.counter === 2 && isSettled(rig), { everyMs: 1 });

          expect(await rig.domain.snapshot(), `cut at ${String(sync)}`).toEqual(end);
          expect(answers(rig.outcomes)).toEqual([result]);
          await rig.engine.stop();
        }
        expect(sync).toBeGreaterThan(6);
      },
      patience,
    );

    it.each(moments)(
      'is at the old or the new state after a reboot, cut %s each fsync',
      async (moment) => {
        let sync = 1;
        for (let isCut = true; isCut; sync += 1) {
          const dir = await tempDir('crash');
          isCut = await crashWhile(dir, state, { sync, moment });

          const rig = createRig({ dir, clock: systemClock, boot: 'boot-2' });
          await rig.domain.reboot();
          await rig.start();
          await settle(rig);
          const expected =
            rig.engine.state().committed?.target === revision(state).target ? at('v2') : at('v1');
          await waitFor(async () => Object.values(await rig.domain.snapshot()).every((unit) => unit.runs), {
            everyMs: 1,
            what: 'all units up',
          });

          expect(await rig.domain.snapshot(), `cut at ${String(sync)}`).toEqual(expected);
          expect(answers(rig.outcomes).length).toBeLessThanOrEqual(1);
          await rig.engine.stop();
        }
      },
      patience,
    );

    /** Outcomes of the revision under test; each is told once per process. */
    function answers(outcomes: readonly Outcome[]): readonly string[] {
      return outcomes.filter((outcome) => outcome.counter === 2).map((outcome) => outcome.result);
    }
  },
);
