// SPDX-License-Identifier: Apache-2.0
import { wayBack, type Step } from '@fairlead/planner';
import { failureOf, type Book, type Failure } from './book.ts';
import type { FailedTarget } from './engine-state.ts';

/** All beside the book that the next task depends on. Times in milliseconds of the monotonic clock. */
export interface Situation {
  readonly boot: string;
  readonly agentVersion: string;
  readonly now: number;
  /** Not before these: what failed is tried again later and later. */
  readonly stageAt: number;
  readonly repairAt: number;
  readonly cleanAt: number;
}

export type Task =
  /** Continue the plan at its first step that is not done. */
  | { readonly kind: 'apply' }
  | { readonly kind: 'turn-back'; readonly failure: Failure; readonly steps: readonly Step[] }
  /** Continue the way back. */
  | { readonly kind: 'go-back' }
  | { readonly kind: 'bring-up' }
  | { readonly kind: 'refuse'; readonly failed: FailedTarget }
  | { readonly kind: 'stage' }
  | { readonly kind: 'repair' }
  | { readonly kind: 'clean' }
  /** Nothing to do until something happens, or until then. */
  | { readonly kind: 'wait'; readonly until: number | null };

/** What comes next. A pure function of what is on disk and of the moment, so that a crash changes nothing about the answer. */
export function decide(book: Book, situation: Situation): Task {
  return continueTransaction(book, situation) ?? beginSomething(book, situation);
}

/** From the first stop on, a transaction runs to its end before anything else. */
function continueTransaction(book: Book, { boot }: Situation): Task | null {
  const { transaction } = book;
  switch (transaction.kind) {
    case 'none':
    case 'staging':
      return null;
    case 'applying': {
      const begun = transaction.steps.slice(0, transaction.begun);
      if (transaction.boot !== boot)
        return { kind: 'turn-back', failure: interrupted, steps: withoutStarts(wayBack(begun)) };
      const next = transaction.steps.slice(
        transaction.done,
        Math.max(transaction.begun, transaction.done + 1),
      );
      const isSuperseded = book.desired !== null && book.desired.target !== transaction.desired.target;
      if (isSuperseded && next.some(isWait))
        return { kind: 'turn-back', failure: superseded, steps: wayBack(begun) };
      return { kind: 'apply' };
    }
    case 'rolling-back': {
      if (transaction.boot === boot) return { kind: 'go-back' };
      const { failure, steps, done } = transaction;
      return { kind: 'turn-back', failure, steps: withoutStarts(steps.slice(done)) };
    }
  }
}

function beginSomething(book: Book, situation: Situation): Task {
  const { boot, agentVersion, now, stageAt, repairAt, cleanAt } = situation;
  if (book.boot !== boot) return { kind: 'bring-up' };
  const failed = book.desired === null ? null : failureOf(book, book.desired.target, agentVersion);
  if (book.open && failed !== null) return { kind: 'refuse', failed };
  const due: readonly (readonly [boolean, number, Task])[] = [
    [book.open && book.desired !== null, stageAt, { kind: 'stage' }],
    [book.inconsistent.length > 0, repairAt, { kind: 'repair' }],
    [book.unclean && !book.open, cleanAt, { kind: 'clean' }],
  ];
  const wanted = due.filter(([isWanted]) => isWanted);
  const next = wanted.find(([, at]) => at <= now);
  if (next !== undefined) return next[2];
  return { kind: 'wait', until: wanted.length === 0 ? null : Math.min(...wanted.map(([, at]) => at)) };
}

/** True for the steps that only wait, and end early when a newer revision is there. */
export function isWait(step: Step): boolean {
  return step.kind === 'ready' || step.kind === 'health';
}

/** A reboot stopped everything: versions are put back at once, and the bring-up that follows starts all units in their order. */
function withoutStarts(steps: readonly Step[]): readonly Step[] {
  return steps.filter((step) => step.kind === 'stop' || step.kind === 'switch');
}

const interrupted: Failure = {
  code: 'interrupted',
  message: 'the device was restarted while the revision was applied',
  unit: null,
};
const superseded: Failure = { code: 'superseded', message: 'a newer revision arrived', unit: null };
