// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  firstConnection,
  nextConnection,
  reconnectDefaults,
  type Connection,
  type ConnectionEvent,
  type ReconnectPolicy,
} from './connection.ts';

const policy: ReconnectPolicy = { ...reconnectDefaults, random: () => 0.999_999 };
const ended: ConnectionEvent = { kind: 'ended', retryAfterMs: null };

function run(
  events: readonly (readonly [number, ConnectionEvent])[],
  from: Connection = firstConnection,
  by = policy,
): Connection {
  return events.reduce((state, [now, event]) => nextConnection(state, event, now, by), from);
}

describe('when streams fail one after the other', () => {
  it('doubles the ceiling of the pause from 1 s to 5 min', () => {
    let state = firstConnection;
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 12; attempt += 1) {
      state = nextConnection(state, ended, 0, policy);
      pauses.push(state.kind === 'waiting' ? Math.ceil(state.until / 1000) : -1);
      state = nextConnection(state, { kind: 'due' }, 0, policy);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
  });

  it('waits anything between nothing and the ceiling', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        fc.nat(),
        (attempt, random, now) => {
          const state = nextConnection({ kind: 'connecting', attempt }, ended, now, {
            ...policy,
            random: () => random,
          });
          expect(state).toMatchObject({ kind: 'waiting', attempt: attempt + 1 });
          const pause = state.kind === 'waiting' ? state.until - now : -1;
          expect(pause).toBeGreaterThanOrEqual(0);
          expect(pause).toBeLessThanOrEqual(Math.min(300_000, 1000 * 2 ** attempt));
        },
      ),
    );
  });
});

describe('when a stream was healthy', () => {
  const streaming: Connection = { kind: 'streaming', attempt: 7, since: 1_000 };

  it('begins the pauses anew', () => {
    expect(run([[61_000, ended]], streaming)).toMatchObject({ attempt: 1, until: 61_999 });
  });

  it('goes on doubling if it fell soon after its welcome', () => {
    expect(run([[60_999, ended]], streaming)).toMatchObject({ attempt: 8 });
  });
});

describe('when the server says when to come back', () => {
  it('waits at least that long, and not for ever', () => {
    const streaming: Connection = { kind: 'streaming', attempt: 0, since: 0 };
    const after = (retryAfterMs: number) =>
      run([[0, { kind: 'ended', retryAfterMs }]], streaming, { ...policy, random: () => 0 });
    expect(after(42_000)).toMatchObject({ until: 42_000 });
    expect(after(2 ** 31)).toMatchObject({ until: 3_600_000 });
  });
});

describe('when events come that mean nothing in a state', () => {
  it('stays as it is, and every end leads to a pause', () => {
    const event = fc.oneof(
      fc.constant<ConnectionEvent>({ kind: 'opened' }),
      fc.constant<ConnectionEvent>({ kind: 'welcomed' }),
      fc.constant<ConnectionEvent>({ kind: 'due' }),
      fc.record({ kind: fc.constant('ended' as const), retryAfterMs: fc.option(fc.nat()) }),
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const state = run(events.map((item, now) => [now, item] as const));
        const last = events.at(-1);
        if (last?.kind === 'ended') expect(state.kind).toBe('waiting');
        if (last?.kind === 'due') expect(state.kind).not.toBe('waiting');
      }),
    );
  });
});
