// SPDX-License-Identifier: Apache-2.0
import { runSet, touchedUnits, unitDigest, unitKey } from '@fairlead/target';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makePlan } from './make-plan.ts';
import { expectOrder, observe, pairs, plan, run, settled, visible } from './plan-model.fixture.ts';
import { phaseOf, type Step } from './step.ts';
import { wayBack } from './way-back.ts';

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
