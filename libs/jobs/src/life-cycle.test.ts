// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterEvent, type LifeEvent } from './life-cycle.ts';
import type { SupervisorState } from '@fairlead/engine';

const over: readonly LifeEvent[] = [
  { kind: 'over', then: { kind: 'finished' } },
  { kind: 'over', then: { kind: 'failed', code: 'unit-ended', reason: 'r' } },
  { kind: 'over', then: { kind: 'backing-off', code: 'unit-ended', reason: 'r' } },
];
const events: readonly LifeEvent[] = [
  { kind: 'wait', reason: 'r' },
  { kind: 'start' },
  { kind: 'found', isReady: true },
  { kind: 'found', isReady: false },
  { kind: 'ready' },
  ...over,
  { kind: 'stop' },
  { kind: 'gone' },
];

const livesOf = (each: (before: SupervisorState, event: LifeEvent, after: SupervisorState) => void): void => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...events), { maxLength: 30 }), (life) => {
      let state: SupervisorState = { kind: 'stopped' };
      for (const event of life) {
        const after = afterEvent(state, event);
        each(state, event, after);
        state = after;
      }
    }),
  );
};

describe('when anything happens to a unit in any order', () => {
  it('is running only from a start that became ready, or as it was found', () => {
    livesOf((before, event, after) => {
      if (after.kind !== 'running' || before.kind === 'running') return;
      expect([before.kind, event.kind]).toEqual(
        event.kind === 'found' ? ['stopped', 'found'] : ['starting', 'ready'],
      );
    });
  });

  it('leaves its end only when it is asked to run again', () => {
    livesOf((before, event, after) => {
      if (before.kind !== 'finished' && before.kind !== 'failed') return;
      if (after.kind === 'running') expect.fail(`${before.kind} became running by ${event.kind}`);
    });
  });

  it('states its reason whenever it does not run though it should', () => {
    livesOf((_before, _event, after) => {
      if (after.kind === 'waiting' || after.kind === 'backing-off' || after.kind === 'failed')
        expect(after.reason).not.toBe('');
    });
  });
});

describe('when one thing after the other happens', () => {
  it.each<readonly [string, readonly LifeEvent[], readonly SupervisorState['kind'][]]>([
    [
      'a start, a crash and a second start',
      [{ kind: 'start' }, { kind: 'ready' }, over[2]!, { kind: 'start' }, { kind: 'ready' }],
      ['starting', 'running', 'backing-off', 'starting', 'running'],
    ],
    [
      'a readiness that comes after the end',
      [{ kind: 'start' }, over[1]!, { kind: 'ready' }],
      ['starting', 'failed', 'failed'],
    ],
    [
      'a readiness that comes while it is ended',
      [{ kind: 'start' }, { kind: 'stop' }, { kind: 'ready' }, { kind: 'gone' }],
      ['starting', 'stopping', 'stopping', 'stopped'],
    ],
    [
      'a start that waits, and is called off',
      [{ kind: 'wait', reason: 'r' }, { kind: 'stop' }, { kind: 'gone' }],
      ['waiting', 'stopping', 'stopped'],
    ],
  ])('is what it should be after %s', (_, life, kinds) => {
    let state: SupervisorState = { kind: 'stopped' };
    const seen = life.map((event) => {
      state = afterEvent(state, event);
      return state.kind;
    });
    expect(seen).toEqual(kinds);
  });
});
