// SPDX-License-Identifier: Apache-2.0
import type { EngineState, UnitCondition } from '@fairlead/engine';
import { createFakeClock } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { createEventRing, type EventRing } from './event-ring.ts';

const rest: EngineState = {
  committed: null,
  desired: null,
  activity: { kind: 'idle' },
  pending: null,
  failed: null,
  drift: [],
  units: [],
  resting: [],
};

const at = (condition: UnitCondition, pid?: number): EngineState => ({
  ...rest,
  units: [
    {
      domain: 'jobs',
      name: 'job',
      digest: null,
      staged: [],
      condition,
      ...(pid !== undefined && { process: { pid, restarts: 0 } }),
    },
  ],
});

function take(ring: EventRing, ...states: readonly EngineState[]): void {
  for (const state of states) ring.take({ kind: 'status', state });
}

/** Ends as a job that is started again and again does. */
const waiting: UnitCondition = { kind: 'waiting', code: 'unit-ended', message: 'ended with signal 9' };
const flapping = (times: number): readonly EngineState[] =>
  Array.from({ length: times }, (_, index) =>
    index % 2 === 0 ? at({ kind: 'running' }, 10 + index) : at(waiting),
  );

describe('when things happen on a device', () => {
  it('tells of them with the names of Maestro, where it has any', () => {
    const ring = createEventRing(createFakeClock(1_000));
    const drift = [{ domain: 'jobs' as const, name: 'job', message: 'was killed', healed: true }];
    take(ring, at({ kind: 'starting' }, 7), at({ kind: 'running' }, 7), at(waiting));
    take(ring, at({ kind: 'running' }, 8), at({ kind: 'running' }, 9));
    take(ring, { ...at({ kind: 'running' }, 9), drift }, at({ kind: 'running' }, 9));
    const { events } = ring.after('0');
    expect(events.map(({ name, job, pid, state }) => [name, job, pid, state])).toEqual([
      ['activity', '', 0, 'idle'],
      ['job_started', 'job', 7, 'starting'],
      ['job_running', 'job', 7, 'running'],
      ['process_ended', 'job', 0, 'waiting'],
      ['job_running', 'job', 8, 'running'],
      ['job_running', 'job', 9, 'running'],
      ['drift', 'job', 0, 'healed'],
    ]);
    expect(events[3]).toMatchObject({ when: 1e9, type: 'process_event', reason: 'ended with signal 9' });
  });

  it('goes on after the event that was read last, and says when some are gone', () => {
    const ring = createEventRing(createFakeClock());
    take(ring, ...flapping(3));
    const { last } = ring.after('0');
    expect(ring.after(last)).toEqual({ events: [], last, missed: false });
    take(ring, ...flapping(1), at(waiting));
    expect(ring.after(last).events).toHaveLength(2);
    take(ring, ...flapping(150));
    expect(ring.after(last)).toMatchObject({ missed: true });
    expect(ring.after(last).events).toHaveLength(100);
  });

  it('says so to whoever read before the agent was started again', () => {
    const before = createEventRing(createFakeClock());
    const after = createEventRing(createFakeClock());
    take(before, ...flapping(4));
    take(after, ...flapping(4));
    const { last } = before.after('0');
    expect(after.after(last)).toEqual({ ...after.after('0'), missed: true });
    expect(after.after('x')).toMatchObject({ missed: true });
  });

  it('tells each event once to those who name none', () => {
    const ring = createEventRing(createFakeClock());
    take(ring, ...flapping(3));
    expect(ring.unread().events).toHaveLength(4);
    expect(ring.unread()).toMatchObject({ events: [], missed: false });
    take(ring, ...flapping(3), ...flapping(120));
    expect(ring.unread()).toMatchObject({ missed: true });
  });

  it('wakes who waits for the next', async () => {
    const ring = createEventRing(createFakeClock());
    const woken = ring.next(60_000, new AbortController().signal);
    take(ring, ...flapping(1));
    await woken;
    const called = new AbortController();
    const off = ring.next(60_000, called.signal);
    called.abort();
    await off;
  });
});
