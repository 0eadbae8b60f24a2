// SPDX-License-Identifier: Apache-2.0
import { FairleadError, type Digest } from '@fairlead/base';
import { runSet, unitDigest, type JobUnit, type TargetState } from '@fairlead/target';
import { jobsOf, jobUnit, targetOf } from '@fairlead/target/testing';
import { describe, expect, it } from 'vitest';
import { formatPlan } from './format-plan.ts';
import { makePlan } from './make-plan.ts';
import type { DeviceUnit, UnitCondition } from './observed.ts';
import { wayBack } from './way-back.ts';

const dependent = { enabled: false, limit: 0, pauseMs: 0, onDependencyFail: true };

/** A job of which only the version matters. */
function job(name: string, version: number, fields: Partial<JobUnit> = {}): JobUnit {
  return jobUnit({ name, args: [`v${String(version)}`], ...fields });
}

/** A device at a target state, with the condition of some units said otherwise. */
function device(
  at: TargetState,
  conditions: Record<string, UnitCondition['kind']> = {},
): readonly DeviceUnit[] {
  const { names } = runSet(at.units);
  return at.units.map((unit) => ({
    domain: unit.domain,
    name: unit.name,
    digest: unitDigest(unit),
    staged: [unitDigest(unit)],
    condition: conditionOf(conditions[unit.name] ?? (names.has(unit.name) ? 'running' : 'stopped')),
  }));
}

function conditionOf(kind: UnitCondition['kind']): UnitCondition {
  return kind === 'failed' || kind === 'waiting' ? { kind, code: 'restart-limit', message: '' } : { kind };
}

/** The plan as text, versions named by their argument. */
function planText(committed: TargetState, observed: readonly DeviceUnit[], wanted: TargetState): string {
  return formatPlan(makePlan(committed, observed, wanted), label(committed, wanted));
}

function label(...states: readonly TargetState[]): (digest: Digest) => string {
  const names = new Map(states.flatMap(jobsOf).map((unit) => [unitDigest(unit), unit.args[0] ?? '']));
  return (digest) => names.get(digest) ?? digest;
}

const lines = (...text: readonly string[]): string => text.join('\n');

describe('when the device runs nothing yet', () => {
  it('brings every unit up in the order of what they require', () => {
    const wanted = targetOf(job('app', 1, { requires: ['db'] }), job('db', 1));

    expect(planText(targetOf(), [], wanted)).toBe(
      lines(
        'stage jobs/app v1',
        'stage jobs/db v1',
        'switch jobs/app none -> v1',
        'switch jobs/db none -> v1',
        'activate jobs/db v1',
        'ready jobs/db v1',
        'activate jobs/app v1',
        'ready jobs/app v1',
        'health jobs/db v1',
        'health jobs/app v1',
      ),
    );
  });

  it('stages nothing that is there already', () => {
    const wanted = targetOf(job('a', 1));
    const leftover = {
      domain: 'jobs' as const,
      name: 'a',
      digest: null,
      staged: [unitDigest(wanted.units[0]!)],
      condition: { kind: 'stopped' as const },
    };

    expect(planText(targetOf(), [leftover], wanted)).not.toContain('stage');
  });
});

describe('when one of several units changes', () => {
  const before = targetOf(job('app', 1, { requires: ['db'] }), job('db', 1), job('other', 1));
  const after = targetOf(job('app', 1, { requires: ['db'] }), job('db', 2), job('other', 1));

  it('touches that unit alone', () => {
    expect(planText(before, device(before), after)).toBe(
      lines(
        'stage jobs/db v2',
        'stop jobs/db',
        'switch jobs/db v1 -> v2',
        'activate jobs/db v2',
        'ready jobs/db v2',
        'health jobs/db v2',
      ),
    );
  });

  it('restarts a dependent that asks for it around it, without switching it', () => {
    const app = job('app', 1, { requires: ['db'], restart: dependent });
    const from = targetOf(app, job('db', 1));

    expect(planText(from, device(from), targetOf(app, job('db', 2)))).toBe(
      lines(
        'stage jobs/db v2',
        'stop jobs/app',
        'stop jobs/db',
        'switch jobs/db v1 -> v2',
        'activate jobs/db v2',
        'ready jobs/db v2',
        'activate jobs/app v1',
        'ready jobs/app v1',
        'health jobs/db v2',
        'health jobs/app v1',
      ),
    );
  });

  it('has a way back that ends with the old one running', () => {
    const { steps } = makePlan(before, device(before), after);

    expect(formatPlan({ steps: wayBack(steps) }, label(before, after))).toBe(
      lines('stop jobs/db', 'switch jobs/db v2 -> v1', 'activate jobs/db v1', 'ready jobs/db v1'),
    );
  });

  it('has an empty way back while it is staging', () => {
    const { steps } = makePlan(before, device(before), after);

    expect(wayBack(steps.slice(0, 1))).toEqual([]);
  });
});

describe('when units go', () => {
  it('stops them, dependents first, and switches them off', () => {
    const before = targetOf(job('a', 1), job('b', 1, { requires: ['a'] }));

    expect(planText(before, device(before), targetOf())).toBe(
      lines('stop jobs/b', 'stop jobs/a', 'switch jobs/a v1 -> none', 'switch jobs/b v1 -> none'),
    );
  });

  it('removes what no revision knows, too', () => {
    const stray = device(targetOf(job('stray', 1)));

    expect(planText(targetOf(), stray, targetOf())).toBe(
      lines('stop jobs/stray', 'switch jobs/stray none -> none'),
    );
  });
});

describe('when a unit is not to run', () => {
  it('switches a disabled one and stops it', () => {
    const before = targetOf(job('a', 1));

    expect(planText(before, device(before), targetOf(job('a', 2, { disabled: true })))).toBe(
      lines('stage jobs/a v2', 'stop jobs/a', 'switch jobs/a v1 -> v2'),
    );
  });

  it('switches one without autostart and leaves it stopped', () => {
    expect(planText(targetOf(), [], targetOf(job('a', 1, { autostart: false })))).toBe(
      lines('stage jobs/a v1', 'switch jobs/a none -> v1'),
    );
  });

  it('starts one without autostart for a unit that requires it', () => {
    const wanted = targetOf(job('a', 1, { requires: ['tool'] }), job('tool', 1, { autostart: false }));

    expect(planText(targetOf(), [], wanted)).toContain(
      lines('activate jobs/tool v1', 'ready jobs/tool v1', 'activate jobs/a v1'),
    );
  });

  it('blocks what requires a disabled one, with the reason and however far away', () => {
    const wanted = targetOf(
      job('a', 1, { disabled: true }),
      job('b', 1, { requires: ['a'] }),
      job('c', 1, { requires: ['b'] }),
      job('d', 1),
    );

    expect(planText(targetOf(), [], wanted)).toBe(
      lines(
        'stage jobs/a v1',
        'stage jobs/b v1',
        'stage jobs/c v1',
        'stage jobs/d v1',
        'switch jobs/a none -> v1',
        'switch jobs/b none -> v1',
        'switch jobs/c none -> v1',
        'switch jobs/d none -> v1',
        'activate jobs/d v1',
        'ready jobs/d v1',
        'health jobs/d v1',
        'blocked jobs/b by a',
        'blocked jobs/c by a',
      ),
    );
  });

  it('starts an unchanged unit that is no longer blocked', () => {
    const app = job('app', 1, { requires: ['db'] });
    const before = targetOf(app, job('db', 1, { disabled: true }));
    const after = targetOf(app, job('db', 2));

    expect(planText(before, device(before), after)).toContain(
      lines('activate jobs/db v2', 'ready jobs/db v2', 'activate jobs/app v1'),
    );
  });
});

describe('when a unit is not in the condition that was committed', () => {
  it('does not run one again that finished, for a changed unit that requires it', () => {
    const setUp = job('set-up', 1);
    const before = targetOf(job('app', 1, { requires: ['set-up'] }), setUp);
    const after = targetOf(job('app', 2, { requires: ['set-up'] }), setUp);

    expect(planText(before, device(before, { 'set-up': 'finished' }), after)).not.toContain('jobs/set-up');
  });

  it('makes a new version run where the old one finished', () => {
    const [before, after] = [targetOf(job('set-up', 1)), targetOf(job('set-up', 2))];

    expect(planText(before, device(before, { 'set-up': 'finished' }), after)).toBe(
      lines(
        'stage jobs/set-up v2',
        'stop jobs/set-up',
        'switch jobs/set-up v1 -> v2',
        'activate jobs/set-up v2',
        'ready jobs/set-up v2',
        'health jobs/set-up v2',
      ),
    );
  });

  it('leaves an unchanged one that was given up alone', () => {
    const before = targetOf(job('a', 1), job('b', 1));

    expect(
      planText(before, device(before, { a: 'failed' }), targetOf(job('a', 1), job('b', 2))),
    ).not.toContain('jobs/a');
  });

  it('starts one that was given up for a changed unit that requires it', () => {
    const before = targetOf(job('a', 1), job('b', 1, { requires: ['a'] }));
    const after = targetOf(job('a', 1), job('b', 2, { requires: ['a'] }));

    expect(planText(before, device(before, { a: 'failed' }), after)).toContain(
      lines('activate jobs/a v1', 'ready jobs/a v1', 'activate jobs/b v2'),
    );
  });

  it('waits for one that is still starting before what requires it', () => {
    const before = targetOf(job('a', 1), job('b', 1, { requires: ['a'] }));
    const after = targetOf(job('a', 1), job('b', 2, { requires: ['a'] }));

    expect(planText(before, device(before, { a: 'starting' }), after)).toContain(
      lines('switch jobs/b v1 -> v2', 'ready jobs/a v1', 'activate jobs/b v2'),
    );
  });

  it('puts a version that drifted right, and goes back to the committed one', () => {
    const committed = targetOf(job('a', 1));
    const plan = makePlan(committed, device(targetOf(job('a', 9))), targetOf(job('a', 2)));

    expect(formatPlan({ steps: wayBack(plan.steps) }, label(committed, targetOf(job('a', 2))))).toBe(
      lines('stop jobs/a', 'switch jobs/a v2 -> v1', 'activate jobs/a v1', 'ready jobs/a v1'),
    );
  });
});

describe('when requirements go in a circle', () => {
  it('throws, since the compiler and the parser refuse them', () => {
    const wanted = targetOf(job('a', 1, { requires: ['b'] }), job('b', 1, { requires: ['a'] }));

    expect(() => makePlan(targetOf(), [], wanted)).toThrow(FairleadError);
  });
});
