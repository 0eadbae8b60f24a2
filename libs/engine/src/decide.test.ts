// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import { formatPlan, type Step } from '@fairlead/planner';
import { describe, expect, it } from 'vitest';
import { emptyBook, type Book, type Transaction } from './book.ts';
import { decide, type Situation, type Task } from './decide.ts';
import type { RevisionRef } from './engine-state.ts';

const ref = (name: string, counter = 1): RevisionRef => ({
  revision: sha256(`r ${name}`),
  counter,
  target: sha256(name),
});
const [a, b] = [ref('a'), ref('b', 2)];
const v = { a: a.target, b: b.target };

const steps: readonly Step[] = [
  { kind: 'stop', domain: 'jobs', name: 'x', digest: v.a },
  { kind: 'switch', domain: 'jobs', name: 'x', from: v.a, to: v.b },
  { kind: 'activate', domain: 'jobs', name: 'x', digest: v.b },
  { kind: 'ready', domain: 'jobs', name: 'x', digest: v.b },
  { kind: 'health', domain: 'jobs', name: 'x', digest: v.b },
];
const settled: Book = { ...emptyBook, committed: a, desired: a, boot: 'now' };
const situation: Situation = {
  boot: 'now',
  agentVersion: '1',
  now: 100,
  stageAt: 0,
  repairAt: 0,
  cleanAt: 0,
};

const applying = (begun: number, done: number, boot = 'now'): Transaction => ({
  kind: 'applying',
  id: 1,
  desired: b,
  boot,
  steps,
  begun,
  done,
});
const during = (transaction: Transaction, fields: Partial<Book> = {}): Book => ({
  ...settled,
  desired: b,
  open: true,
  transaction,
  ...fields,
});

function textOf(task: Task): string {
  return task.kind === 'turn-back'
    ? [task.failure.code, ...formatPlan(task).split('\n')]
        .map((line) => line.replace(/ [0-9a-f]{8}/g, ''))
        .join(', ')
    : task.kind;
}

describe('when a transaction is under way', () => {
  it.each([0, 1, 3, 5])('goes on in the same boot after %i steps', (done) => {
    expect(textOf(decide(during(applying(done, done)), situation))).toBe('apply');
  });

  it('is undone after a reboot, without starting anything', () => {
    expect(textOf(decide(during(applying(3, 2, 'before')), situation))).toBe(
      'interrupted, stop jobs/x, switch jobs/x ->',
    );
  });

  it('has nothing to undo after a reboot before its first step', () => {
    expect(decide(during(applying(0, 0, 'before')), situation)).toMatchObject({
      kind: 'turn-back',
      steps: [],
    });
  });

  it.each([
    [3, 'ready'],
    [4, 'health'],
  ])('is turned back at step %i (%s) when a newer revision waits', (done) => {
    const book = during(applying(done, done), { desired: ref('c', 3) });

    expect(textOf(decide(book, situation))).toBe(
      'superseded, stop jobs/x, switch jobs/x ->, activate jobs/x, ready jobs/x',
    );
  });

  it.each([0, 1, 2, 5])('is not turned back at step %i, which does not wait', (done) => {
    expect(textOf(decide(during(applying(done, done), { desired: ref('c', 3) }), situation))).toBe('apply');
  });

  it('is not turned back for a newer revision of the same target', () => {
    expect(textOf(decide(during(applying(3, 3), { desired: { ...b, counter: 9 } }), situation))).toBe(
      'apply',
    );
  });

  it('goes on with its way back, whatever else waits', () => {
    const back: Transaction = {
      kind: 'rolling-back',
      id: 1,
      desired: b,
      boot: 'now',
      failure: { code: 'start-failed', message: '', unit: null },
      steps: [],
      done: 0,
      failures: [],
    };

    expect(textOf(decide(during(back, { desired: ref('c'), boot: null }), situation))).toBe('go-back');
  });
});

describe('when nothing is under way', () => {
  const failed = { target: v.b, code: 'start-failed', message: '', agentVersion: '1' } as const;
  const inconsistent = [{ domain: 'jobs', name: 'x', code: 'start-failed', message: '' }] as const;

  it.each<[string, Book, Partial<Situation>, Task['kind']]>([
    [
      'brings up what is committed after a boot, before all else',
      { ...settled, boot: null, desired: b, open: true },
      {},
      'bring-up',
    ],
    ['stages an open revision', { ...settled, desired: b, open: true }, {}, 'stage'],
    ['refuses one that failed', { ...settled, desired: b, open: true, failed: [failed] }, {}, 'refuse'],
    [
      'tries one that failed under another version of the agent',
      { ...settled, desired: b, open: true, failed: [{ ...failed, agentVersion: '0' }] },
      {},
      'stage',
    ],
    ['leaves an answered one alone', { ...settled, desired: b }, {}, 'wait'],
    ['repairs what is inconsistent', { ...settled, inconsistent }, {}, 'repair'],
    [
      'takes a newer revision before repairing',
      { ...settled, desired: b, open: true, inconsistent },
      {},
      'stage',
    ],
    [
      'repairs while staging waits',
      { ...settled, desired: b, open: true, inconsistent },
      { stageAt: 200 },
      'repair',
    ],
    ['cleans up', { ...settled, unclean: true }, {}, 'clean'],
    [
      'does not clean up what is being staged',
      { ...settled, desired: b, open: true, unclean: true },
      { stageAt: 200 },
      'wait',
    ],
  ])('%s', (_, book, fields, kind) => {
    expect(decide(book, { ...situation, ...fields }).kind).toBe(kind);
  });

  it('sleeps until the first thing that is due, or for good', () => {
    const book = { ...settled, desired: b, open: true, inconsistent };

    expect(decide(book, { ...situation, stageAt: 300, repairAt: 200 })).toEqual({ kind: 'wait', until: 200 });
    expect(decide(settled, situation)).toEqual({ kind: 'wait', until: null });
  });
});
