// SPDX-License-Identifier: Apache-2.0
import { compareBytes, type Digest } from '@fairlead/base';
import { runSet, touchedUnits, unitDigest, unitKey, type TargetState, type Unit } from '@fairlead/target';
import { jobUnit, targetOf } from '@fairlead/target/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makePlan } from './make-plan.ts';
import type { DeviceUnit } from './observed.ts';
import { phaseOf, type Step } from './step.ts';
import { wayBack } from './way-back.ts';

/** A device as simple as can be: each unit has a version or none, versions lie beside it, and it runs or not. */
interface ModelUnit {
  readonly current: Digest | null;
  readonly staged: readonly Digest[];
  readonly runs: boolean;
}
type Model = ReadonlyMap<string, ModelUnit>;

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

const run = (model: Model, steps: readonly Step[]): Model => steps.reduce(act, model);

function observe(model: Model): readonly DeviceUnit[] {
  return [...model].map(([key, unit]) => ({
    domain: 'jobs',
    name: key.slice('jobs/'.length),
    digest: unit.current,
    staged: unit.staged,
    condition: { kind: unit.runs ? 'running' : 'stopped' },
  }));
}

/** A device that has settled at a target state. */
function settled(target: TargetState): Model {
  const { names } = runSet(target.units);
  return new Map(
    target.units.map((unit) => {
      const digest = unitDigest(unit);
      return [unitKey(unit), { current: digest, staged: [digest], runs: names.has(unit.name) }];
    }),
  );
}

/** What staging leaves behind is in nobody's way, so it is not compared; nor are units of which nothing is switched on. */
function visible(model: Model): Record<string, { current: Digest | null; runs: boolean }> {
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

const pairs = fc.tuple(target, target);
const plan = (a: TargetState, b: TargetState): readonly Step[] => makePlan(a, observe(settled(a)), b).steps;
const unitsOf = (steps: readonly Step[], kind: Step['kind']): readonly string[] =>
  steps.filter((step) => step.kind === kind).map((step) => step.name);

const keysOf = (steps: readonly Step[], kind: Step['kind']): ReadonlySet<string> =>
  new Set(steps.filter((step) => step.kind === kind).map(unitKey));

describe('a plan from one settled state to another', () => {
  it('arrives there', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const end = run(settled(a), plan(a, b));
        const { names, blocked } = runSet(b.units);

        expect(
          Object.fromEntries(Object.entries(visible(end)).map(([key, unit]) => [key, unit.current])),
        ).toEqual(Object.fromEntries(b.units.map((unit) => [unitKey(unit), unitDigest(unit)])));
        for (const unit of b.units) {
          const isUp = end.get(unitKey(unit))!.runs;
          if (names.has(unit.name)) expect(isUp, `${unit.name} runs`).toBe(true);
          if (unit.disabled) expect(isUp, `${unit.name} is disabled`).toBe(false);
          const wasChanged = unitDigest(unit) !== settled(a).get(unitKey(unit))?.current;
          if (wasChanged && blocked.some((other) => other.name === unit.name)) expect(isUp).toBe(false);
        }
      }),
    );
  });

  it('has nothing to do once it is there', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const end = run(settled(a), plan(a, b));

        expect(makePlan(b, observe(end), b).steps).toEqual([]);
      }),
    );
  });

  it('touches what the difference of the two says', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const steps = plan(a, b);
        const [stopped, started] = [keysOf(steps, 'stop'), keysOf(steps, 'activate')];
        const touched = touchedUnits(a, b);
        for (const key of new Set([...stopped, ...started, ...touched.keys()])) {
          const effect = !stopped.has(key) ? 'starts' : started.has(key) ? 'restarts' : 'stops';
          expect(touched.get(key), key).toBe(effect);
        }
      }),
    );
  });

  it('can be left after any number of steps, back to exactly where it began', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const steps = plan(a, b);
        for (let begun = 0; begun <= steps.length; begun += 1) {
          const prefix = steps.slice(0, begun);
          const half = run(settled(a), prefix.slice(0, -1));

          expect(visible(run(run(settled(a), prefix), wayBack(prefix)))).toEqual(visible(settled(a)));
          // The last step may not have had any effect yet.
          expect(visible(run(half, wayBack(prefix)))).toEqual(visible(settled(a)));
        }
      }),
    );
  });

  it('touches no unit that stays as it is and hangs on nothing that changes', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const touched = new Set(plan(a, b).map(unitKey));
        const before = settled(a);
        for (const unit of b.units) {
          const was = before.get(unitKey(unit));
          const isUnchangedAlone = was?.current === unitDigest(unit) && unit.requires.length === 0;
          if (isUnchangedAlone && (was.runs || !runSet(b.units).names.has(unit.name))) {
            expect(touched.has(unitKey(unit)), unit.name).toBe(false);
          }
        }
      }),
    );
  });

  it('stops what requires before what is required, and starts it after', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const steps = plan(a, b);

        expectOrder(a.units, unitsOf(steps, 'stop').toReversed());
        expectOrder(b.units, unitsOf(steps, 'activate'));
        expectOrder(a.units, unitsOf(wayBack(steps), 'activate'));
      }),
    );
  });

  it('goes through its phases in order, and makes each unit ready before the next starts', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const steps = plan(a, b);
        const ranks = steps.map((step) =>
          ['stage', 'stop', 'switch', 'activate', 'health'].indexOf(phaseOf(step)),
        );

        expect(ranks).toEqual(ranks.toSorted((x, y) => x - y));
        steps.forEach((step, index) => {
          if (step.kind === 'activate') expect(steps[index + 1]).toEqual({ ...step, kind: 'ready' });
        });
      }),
    );
  });
});

function expectOrder(units: readonly Unit[], names: readonly string[]): void {
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
