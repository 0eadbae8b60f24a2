// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { closedAt } from './apply-time.ts';

const minute = 60_000;
const window = (cron: string, minutes: number, zone = 'Europe/Berlin') =>
  ({ kind: 'window', cron, durationMs: minutes * minute, zone }) as const;
const at = (time: string): number => Date.parse(time);
const opensAt = (apply: ReturnType<typeof window>, time: string): string => {
  const closed = closedAt(apply, at(time), null);
  if (closed === null) return 'open';
  return closed.opensAt === null ? 'never' : new Date(closed.opensAt).toISOString();
};

describe('when a group applies in a window', () => {
  it.each([
    ['a moment before it', '2026-01-10T01:59:59.999Z', '2026-01-10T02:00:00.000Z'],
    ['at its first moment', '2026-01-10T02:00:00.000Z', 'open'],
    ['at its last moment', '2026-01-10T02:59:59.999Z', 'open'],
    ['when it is over', '2026-01-10T03:00:00.000Z', '2026-01-11T02:00:00.000Z'],
  ])('is judged %s', (_, time, expected) => {
    expect(opensAt(window('0 3 * * *', 60), time)).toBe(expected);
  });

  it('lasts as long as it says where it is longer than the time to the next', () => {
    expect(opensAt(window('0 * * * *', 90), '2026-01-10T12:45:00Z')).toBe('open');
  });

  it.each([
    [
      'keeps the hour of the wall when summer time begins',
      '0 3 * * *',
      '2026-03-29T00:30:00Z',
      '2026-03-29T01:00:00.000Z',
    ],
    [
      'opens right after an hour that is skipped',
      '30 2 * * *',
      '2026-03-28T12:00:00Z',
      '2026-03-29T01:00:00.000Z',
    ],
    [
      'opens in the first of two equal hours',
      '30 2 * * *',
      '2026-10-24T12:00:00Z',
      '2026-10-25T00:30:00.000Z',
    ],
    ['does not open in the second of them', '30 2 * * *', '2026-10-25T01:30:00Z', '2026-10-26T01:30:00.000Z'],
    [
      'keeps the hour of the wall when summer time ends',
      '0 3 * * *',
      '2026-10-25T00:30:00Z',
      '2026-10-25T02:00:00.000Z',
    ],
  ])('%s', (_, cron, time, expected) => {
    expect(opensAt(window(cron, 30), time)).toBe(expected);
  });

  it('says of a window that never opens that it never does', () => {
    expect(opensAt(window('0 0 30 2 *', 60), '2026-01-10T00:00:00Z')).toBe('never');
  });
});

describe('when a group applies while the device is idle', () => {
  it('waits for as long as somebody minds, and says who and until when', () => {
    const busy = { message: 'till is busy', until: 5 };
    expect(closedAt({ kind: 'idle' }, 0, busy)).toEqual({
      code: 'pending-idle',
      message: 'till is busy',
      opensAt: 5,
    });
    expect(closedAt({ kind: 'idle' }, 0, null)).toBeNull();
  });

  it('is nothing to a group that applies at once, nor to one with a window', () => {
    const busy = { message: 'till is busy', until: null };
    expect(closedAt({ kind: 'now' }, 0, busy)).toBeNull();
    expect(closedAt(window('* * * * *', 1), 0, busy)).toBeNull();
  });
});
