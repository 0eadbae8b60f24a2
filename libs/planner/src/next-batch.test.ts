// SPDX-License-Identifier: Apache-2.0
import type { TargetState } from '@fairlead/target';
import { jobUnit, targetOf } from '@fairlead/target/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatStep } from './format-plan.ts';
import { nextBatch, stepsIn, type Batch } from './next-batch.ts';
import { expectOrder, pairs, plan, run, settled, visible, type Model } from './plan-model.fixture.ts';
import type { Step } from './step.ts';
import { wayBack } from './way-back.ts';

function batchesOf(steps: readonly Step[], targets: readonly TargetState[]): readonly Batch[] {
  const batches: Batch[] = [];
  for (let done = 0; done < steps.length; done += stepsIn(batches.at(-1)!))
    batches.push(nextBatch(steps.slice(done), targets));
  return batches;
}

/** A way through a batch that side by side may take: lanes advance in any order. `draw`: uniform in [0, below). */
function mixed(batch: Batch, draw: (below: number) => number): readonly Step[] {
  const lanes = batch.map((lane) => [...lane]);
  const steps: Step[] = [];
  while (lanes.some((lane) => lane.length > 0)) {
    const open = lanes.filter((lane) => lane.length > 0);
    steps.push(...open[draw(open.length)]!.splice(0, 1));
  }
  return steps;
}

/** Draws from fast-check while a property runs. */
const drawer =
  (gen: fc.GeneratorValue) =>
  (below: number): number =>
    gen(fc.nat, below - 1);

describe('when a plan is done in batches, the lanes of each in any order', () => {
  it('comes to what its steps come to one after the other', () => {
    fc.assert(
      fc.property(pairs, fc.gen(), ([a, b], gen) => {
        const steps = plan(a, b);
        const ways = batchesOf(steps, [a, b]).map((batch) => mixed(batch, drawer(gen)));

        expect(ways.flat().toSorted(byText)).toEqual(steps.toSorted(byText));
        expect(run(settled(a), ways.flat())).toEqual(run(settled(a), steps));
      }),
    );
  });

  it('stops what requires before what is required, and starts it once that is ready', () => {
    fc.assert(
      fc.property(pairs, fc.gen(), ([a, b], gen) => {
        const steps = plan(a, b);
        const way = batchesOf(steps, [a, b]).flatMap((batch) => mixed(batch, drawer(gen)));
        const back = batchesOf(wayBack(steps), [a, b]).flatMap((batch) => mixed(batch, drawer(gen)));

        for (const [taken, from, to] of [
          [way, a, b],
          [back, b, a],
        ] as const) {
          expectOrder(from.units, named(taken, 'stop').toReversed());
          for (const unit of to.units) {
            const begun = taken.findIndex((step) => step.kind === 'activate' && step.name === unit.name);
            for (const required of begun === -1 ? [] : unit.requires) {
              const ready = taken.findIndex((step) => step.kind === 'ready' && step.name === required);
              expect(ready, `${required} before ${unit.name}`).toBeLessThan(begun);
            }
          }
        }
      }),
    );
  });

  it('can be left in the middle of a batch, whatever of it was done, back to exactly where it began', () => {
    fc.assert(
      fc.property(pairs, fc.gen(), ([a, b], gen) => {
        const draw = drawer(gen);
        const steps = plan(a, b);
        let before: Model = settled(a);
        let begun = 0;
        for (const batch of batchesOf(steps, [a, b])) {
          begun += stepsIn(batch);
          const way = mixed(batch, draw);
          const half = run(before, way.slice(0, draw(way.length + 1)));
          const back = batchesOf(wayBack(steps.slice(0, begun)), [a, b]);

          expect(
            visible(
              run(
                half,
                back.flatMap((each) => mixed(each, draw)),
              ),
            ),
          ).toEqual(visible(settled(a)));
          before = run(before, way);
        }
      }),
    );
  });
});

const job = (name: string, ...requires: readonly string[]) => jobUnit({ name, requires });
const texts = (batches: readonly Batch[]): readonly (readonly string[])[] =>
  batches.map((batch) => batch.flat().map((step) => formatStep(step, () => '').trimEnd()));

describe('when units do not require each other', () => {
  it('takes one batch for each phase, however many they are', () => {
    const wanted = targetOf(...Array.from({ length: 100 }, (_, n) => job(`job-${String(n)}`)));

    expect(batchesOf(plan(targetOf(), wanted), [targetOf(), wanted]).map(stepsIn)).toEqual([
      100, 100, 200, 100,
    ]);
  });
});

describe('when units require each other', () => {
  it('starts together what stands at the same distance from those that require nothing', () => {
    const wanted = targetOf(
      job('app', 'db'),
      job('db'),
      job('web', 'log'),
      job('log'),
      job('top', 'app', 'log'),
    );
    const started = plan(targetOf(), wanted).filter(
      (step) => step.kind === 'activate' || step.kind === 'ready',
    );

    expect(texts(batchesOf(started, [wanted]))).toEqual([
      ['activate jobs/db', 'ready jobs/db', 'activate jobs/log', 'ready jobs/log'],
      ['activate jobs/app', 'ready jobs/app', 'activate jobs/web', 'ready jobs/web'],
      ['activate jobs/top', 'ready jobs/top'],
    ]);
  });

  it('keeps them apart where what is between them is not touched', () => {
    const target = targetOf(job('a', 'm'), job('m', 'z'), job('z'));
    const stop = (name: string): Step => ({ kind: 'stop', domain: 'jobs', name, digest: null });

    expect(texts(batchesOf([stop('a'), stop('z')], [target]))).toEqual([['stop jobs/a'], ['stop jobs/z']]);
  });

  it('keeps them apart by the requirements of either state', () => {
    const [before, after] = [targetOf(job('a', 'b'), job('b')), targetOf(job('a'), job('b'))];
    const stop = (name: string): Step => ({ kind: 'stop', domain: 'jobs', name, digest: null });

    expect(batchesOf([stop('a'), stop('b')], [before, after])).toHaveLength(2);
    expect(batchesOf([stop('a'), stop('b')], [after, after])).toHaveLength(1);
  });
});

function named(steps: readonly Step[], kind: Step['kind']): readonly string[] {
  return steps.filter((step) => step.kind === kind).map((step) => step.name);
}

const byText = (x: Step, y: Step): number => (formatStep(x) < formatStep(y) ? -1 : 1);
