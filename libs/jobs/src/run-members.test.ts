// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { ProcessStat } from './process-identity.ts';
import { membersAmong } from './run-members.ts';

const leader = { pid: 10, start: '100', bootId: 'boot' };
const of = (
  pid: number,
  parent: number,
  session: number,
  changes: Partial<ProcessStat> = {},
): ProcessStat => ({
  pid,
  parent,
  state: 'S',
  group: session,
  session,
  start: '100',
  ...changes,
});
const pids = (members: readonly ProcessStat[]): readonly number[] => members.map(({ pid }) => pid).sort();
const none = new Set<number>();

describe('when it is asked what belongs to a run', () => {
  it('names its session, its control groups and all their descendants, and nobody else', () => {
    const stats = [
      of(1, 0, 1),
      of(10, 1, 10),
      of(11, 10, 10),
      of(12, 11, 12),
      of(13, 12, 12),
      of(20, 1, 20),
      of(21, 20, 21),
      of(30, 1, 30),
    ];
    expect(pids(membersAmong(stats, leader, new Set([20]), []))).toEqual([10, 11, 12, 13, 20, 21]);
  });

  it('still knows whom it saw, when every bond to the run is gone', () => {
    const before = membersAmong([of(10, 1, 10), of(12, 10, 12)], leader, none, []);
    expect(pids(membersAmong([of(12, 1, 12), of(30, 1, 30)], leader, none, before))).toEqual([12]);
  });

  it('takes nobody for its own who has the number of one that is gone', () => {
    const before = membersAmong([of(10, 1, 10), of(12, 10, 12)], leader, none, []);
    const later = [of(10, 1, 10, { start: '900' }), of(11, 10, 10), of(12, 1, 12, { start: '900' })];
    expect(membersAmong(later, leader, none, before)).toEqual([]);
  });

  it('leaves out who is dead and only waits to be reaped', () => {
    expect(membersAmong([of(10, 1, 10, { state: 'Z' })], leader, none, [])).toEqual([]);
  });
});
