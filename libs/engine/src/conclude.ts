// SPDX-License-Identifier: Apache-2.0
import { codeInfo, type Code } from '@fairlead/base';
import { runSet, type TargetState } from '@fairlead/target';
import type { Book, Failure } from './book.ts';
import type { FailedTarget, RevisionRef, UnitFailure } from './engine-state.ts';
import type { JournalRecord } from './journal-record.ts';
import { appliedUnits, revertedUnits } from './unit-outcomes.ts';

type End = Extract<JournalRecord, { kind: 'end' }>;

/** A transaction, and the target states on both sides of it. */
export interface Ending {
  readonly id: number;
  readonly desired: RevisionRef;
  readonly before: TargetState;
  readonly after: TargetState;
}

/** Every step is done: from this record on, the new state is the one to go back to. */
export function concludeApplied(book: Book, { id, desired, before, after }: Ending, remark = ''): End {
  const units = appliedUnits(before, after, runSet(after.units).blocked);
  return {
    kind: 'end',
    outcome: {
      id,
      ...desired,
      previous: book.committed?.target ?? null,
      result: 'applied',
      code: null,
      message: remark,
      units,
    },
    failed: null,
  };
}

/** Staging met what is wrong with the revision itself: nothing was touched. */
export function concludeRefused(
  book: Book,
  { id, desired, before, after }: Ending,
  failure: Failure,
  agentVersion: string,
): End {
  const units = revertedUnits(before, after, failure, []);
  const { code, message } = failure;
  return {
    kind: 'end',
    outcome: {
      id,
      ...desired,
      previous: book.committed?.target ?? null,
      result: 'refused',
      code,
      message,
      units,
    },
    failed: { target: desired.target, code, message, agentVersion },
  };
}

/** The way back has been gone. */
export function concludeRolledBack(
  book: Book,
  { id, desired, before, after }: Ending,
  failure: Failure,
  stuck: readonly UnitFailure[],
  agentVersion: string,
): End {
  const { code, message } = failure;
  const result = stuck.length === 0 ? 'rolled-back' : 'inconsistent';
  const units = revertedUnits(before, after, failure, stuck);
  const failed: FailedTarget = { target: desired.target, code, message, agentVersion };
  return {
    kind: 'end',
    outcome: { id, ...desired, previous: book.committed?.target ?? null, result, code, message, units },
    failed: isHeldAgainst(code) ? failed : null,
  };
}

/** True for what says that this revision cannot be staged here, however often it is tried. */
export function isWrongInItself(code: Code): boolean {
  return codeInfo(code).fault === 'itself';
}

/**
 * What fails at or after the first stop is held against the revision whatever the reason: trying again would stop what runs again.
 * A reboot and a newer revision say nothing about it.
 */
function isHeldAgainst(code: Code): boolean {
  return code !== 'interrupted' && code !== 'superseded';
}
