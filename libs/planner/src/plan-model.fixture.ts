// SPDX-License-Identifier: Apache-2.0
import { compareBytes, type Digest } from '@fairlead/base';
import { runSet, unitDigest, unitKey, type TargetState, type Unit } from '@fairlead/target';
import { jobUnit, targetOf } from '@fairlead/target/testing';
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { makePlan } from './make-plan.ts';
import type { DeviceUnit } from './observed.ts';
import type { Step } from './step.ts';

/** A device as simple as can be: each unit has a version or none, versions lie beside it, and it runs or not. */
interface ModelUnit {
  readonly current: Digest | null;
  readonly staged: readonly Digest[];
  readonly runs: boolean;
}
export type Model = ReadonlyMap<string, ModelUnit>;

const absent: ModelUnit = { current: null, staged: [], runs: false };

/** Does one step, and objects to what a driver could not do. */
function act(model: Model, step: Step): Model {
  const key = unitKey(step);
  const unit = model.get(key) ?? absent;
  const set = (fields: Partial<ModelUnit>): Model => new Map(model).set(key, { ...unit, ...fields });
  switch (step.kind) {
    case 'stage':
      return set({ staged: [...unit.staged, step.digest] });
    case 'stop':
      return set({ runs: false });
    case 'switch':
      expect(unit.runs, `${key} is stopped before it is switched`).toBe(false);
      if (step.to !== null) expect(unit.staged).toContain(step.to);
      return set({ current: step.to });
    case 'activate':
      expect(unit.current).toBe(step.digest);
      return set({ runs: true });
    case 'ready':
    case 'health':
      expect(unit).toMatchObject({ runs: true, current: step.digest });
      return model;
  }
}

export const run = (model: Model, steps: readonly Step[]): Model => steps.reduce(act, model);

export function observe(model: Model): readonly DeviceUnit[] {
  return [...model].map(([key, unit]) => ({
    domain: 'jobs',
    name: key.slice('jobs/'.length),
    digest: unit.current,
    staged: unit.staged,
    condition: { kind: unit.runs ? 'running' : 'stopped' },
  }));
}

/** A device that has settled at a target state. */
export function settled(target: TargetState): Model {
  const { names } = runSet(target.units);
  return new Map(
    target.units.map((unit) => {
      const digest = unitDigest(unit);
      return [unitKey(unit), { current: digest, staged: [digest], runs: names.has(unit.name) }];
    }),
  );
}

/** What staging leaves behind is in nobody's way, so it is not compared; nor are units of which nothing is switched on. */
export function visible(model: Model): Record<string, { current: Digest | null; runs: boolean }> {
  return Object.fromEntries(
    [...model]
      .filter(([, unit]) => unit.current !== null || unit.runs)
      .map(([key, { current, runs }]) => [key, { current, runs }]),
  );
}

/** Units whose requirements follow a random order, so that there is no circle, and another one in each state. */
const target: fc.Arbitrary<TargetState> = fc
  .tuple(
    fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e', 'f']),
    fc.array(
      fc.record({
        version: fc.nat(1),
        disabled: rarely(),
        manual: rarely(),
        dependent: fc.boolean(),
        requires: fc.array(fc.nat(5), { maxLength: 2 }),
      }),
      { minLength: 6, maxLength: 6 },
    ),
  )
  .map(([names, choices]) =>
    targetOf(
      ...names.map((name, index) => {
        const { version, disabled, manual, dependent, requires } = choices[index]!;
        return jobUnit({
          name,
          disabled,
          autostart: !manual,
          args: [String(version)],
          requires: [
            ...new Set(requires.filter((other) => other < index).map((other) => names[other]!)),
          ].sort(compareBytes),
          restart: { enabled: true, limit: 0, pauseMs: 0, onDependencyFail: dependent },
        });
      }),
    ),
  );

function rarely(): fc.Arbitrary<boolean> {
  return fc.nat(4).map((draw) => draw === 0);
}

export const pairs = fc.tuple(target, target);
export const plan = (a: TargetState, b: TargetState): readonly Step[] =>
  makePlan(a, observe(settled(a)), b).steps;

export function expectOrder(units: readonly Unit[], names: readonly string[]): void {
  for (const unit of units) {
    for (const required of unit.requires) {
      if (names.includes(unit.name) && names.includes(required)) {
        expect(names.indexOf(required), `${required} before ${unit.name}`).toBeLessThan(
          names.indexOf(unit.name),
        );
      }
    }
  }
}
