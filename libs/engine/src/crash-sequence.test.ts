// SPDX-License-Identifier: Apache-2.0
import { randomInt } from 'node:crypto';
import type { TargetState } from '@fairlead/target';
import { jobsOf, jobUnit, targetOf } from '@fairlead/target/testing';
import { systemClock, tempDir, waitFor } from '@fairlead/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from './outcome.ts';
import { freezeAt, moments, type Crash } from './freezer.fixture.ts';
import { createRig, revision, type Rig } from './rig.fixture.ts';

const units = (version: string, env: Record<string, string> = {}): TargetState =>
  targetOf(
    jobUnit({ name: 'a', args: [version], env }),
    jobUnit({ name: 'b', args: [version], requires: ['a'] }),
    jobUnit({ name: 'c', args: [version] }),
  );

const good = [units('v1'), units('v2'), units('v3')] as const;
const bad = [
  units('v4', { FAIL_STAGE: 'archive-unsafe' }),
  units('v5', { FAIL_READY: 'start-failed' }),
  units('v6', { FAIL_HEALTH: 'health-failed' }),
] as const;

/** One life of the agent: it is given a revision, and dies or ends. */
interface Life {
  readonly target: TargetState;
  readonly crash: Crash | null;
  readonly reboot: boolean;
}

const life: fc.Arbitrary<Life> = fc.record({
  target: fc.constantFrom(...good, ...bad),
  crash: fc.option(fc.record({ sync: fc.integer({ min: 1, max: 25 }), moment: fc.constantFrom(...moments) })),
  reboot: fc.nat(3).map((draw) => draw === 0),
});

function isSettled(rig: Rig, counter: number): boolean {
  const { activity, desired, committed } = rig.engine.state();
  const isAnswered = rig.outcomes.some((outcome) => outcome.counter === counter);
  return (
    desired?.counter === counter &&
    activity.kind === 'idle' &&
    (desired.target === committed?.target || isAnswered || rig.engine.state().failed !== null)
  );
}

const isLong = process.env['FAIRLEAD_LONG'] === '1';

/** Printed, so that a run can be repeated. */
const seed = Number(process.env['FAIRLEAD_SEED'] ?? randomInt(2 ** 31));

describe('when the agent lives through any sequence of revisions, crashes and reboots', () => {
  it(
    'ends at the last revision, or at the committed one if that is no good, and answers no transaction twice',
    async () => {
      process.stderr.write(`sequences of lives: FAIRLEAD_SEED=${String(seed)}\n`);
      await fc.assert(
        fc.asyncProperty(
          fc.array(life, { minLength: 1, maxLength: 4 }),
          fc.constantFrom(...good, ...bad),
          async (lives, last) => {
            const dir = await tempDir('lives');
            const outcomes = new Map<number, Outcome>();
            const remember = (rig: Rig): void => {
              for (const outcome of rig.outcomes) {
                expect(outcomes.get(outcome.id) ?? outcome).toEqual(outcome);
                outcomes.set(outcome.id, outcome);
              }
            };
            let boot = 1;
            for (const [index, { target, crash, reboot }] of [
              ...lives,
              { target: last, crash: null, reboot: false },
            ].entries()) {
              const counter = index + 1;
              const freezer = crash === null ? null : await freezeAt(crash, dir);
              const rig = createRig({
                dir,
                clock: systemClock,
                boot: `boot-${String(boot)}`,
                ...(freezer === null ? {} : { fault: freezer.fault }),
              });
              const started = rig.start();
              rig.engine.submit(revision(target, counter));
              await waitFor(() => freezer?.isFrozen() === true || isSettled(rig, counter), {
                everyMs: 1,
                what: `life ${String(counter)} at rest`,
              });
              if (freezer === null && index === lives.length) await expectConsistent(rig, last);
              rig.abort();
              freezer?.thaw();
              await started.catch(() => undefined);
              await rig.engine.stop();
              remember(rig);
              if (reboot) {
                boot += 1;
                await rig.domain.reboot();
              }
            }
          },
        ),
        { numRuns: isLong ? 500 : 25, seed },
      );
    },
    isLong ? 600_000 : 60_000,
  );
});

async function expectConsistent(rig: Rig, last: TargetState): Promise<void> {
  const { committed } = rig.engine.state();
  const isGood = (good as readonly TargetState[]).includes(last);
  if (isGood) expect(committed?.target).toBe(revision(last).target);
  const state =
    [...good, ...bad].find((target) => revision(target).target === committed?.target) ?? targetOf();
  const expected = Object.fromEntries(
    jobsOf(state).map((unit) => [unit.name, { version: unit.args[0] ?? '', runs: true }]),
  );
  await waitFor(async () => Object.values(await rig.domain.snapshot()).every((unit) => unit.runs), {
    everyMs: 1,
    what: 'all units up',
  });

  expect(await rig.domain.snapshot()).toEqual(expected);
}
