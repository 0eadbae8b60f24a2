// SPDX-License-Identifier: Apache-2.0
import type { Step } from '@fairlead/planner';
import type { Book, Failure } from './book.ts';
import type { FailedTarget, RevisionRef, UnitFailure } from './engine-state.ts';
import type { Outcome } from './outcome.ts';
import type { DomainName } from '@fairlead/target';
import type { Digest } from '@fairlead/base';

/** The number in the head of a journal; an agent reads its own and the one before. */
export const JOURNAL_FORMAT = 1;

/**
 * One line of the journal. Whatever acts is announced by a record before it acts, and confirmed by one after: a batch of steps by one
 * record of each kind. What was staged is looked for on the disk.
 */
export type JournalRecord =
  /** First line: all that was known when the journal was last compacted. */
  | { readonly kind: 'head'; readonly format: number; readonly book: Book }
  /** The committed units were brought up in this boot. */
  | { readonly kind: 'boot'; readonly boot: string }
  /** A revision was submitted; open: it is to be applied or refused, and not only known. */
  | { readonly kind: 'noted'; readonly desired: RevisionRef; readonly open: boolean }
  /** A transaction begins, for the revision noted last: what it needs may lie about from here on. */
  | { readonly kind: 'stage'; readonly id: number; readonly desired: RevisionRef }
  /** Written by releases that staged one unit after the other; says nothing that `stage` does not. */
  | {
      readonly kind: 'staging' | 'staged';
      readonly domain: DomainName;
      readonly name: string;
      readonly digest: Digest;
    }
  /** Everything is staged; from here on the transaction runs to its end. `remark` is for its receipt. */
  | {
      readonly kind: 'apply';
      readonly boot: string;
      readonly steps: readonly Step[];
      readonly remark?: string | undefined;
    }
  /** The first `count` steps are begun, or done; of the way there, or of the way back. */
  | { readonly kind: 'begun' | 'done'; readonly count: number }
  /** The transaction turns back, or goes on doing so in another boot. */
  | {
      readonly kind: 'back';
      readonly boot: string;
      readonly failure: Failure;
      readonly steps: readonly Step[];
    }
  /** A step of the way back failed; the way back goes on with the other units. */
  | { readonly kind: 'stuck'; readonly failure: UnitFailure }
  /** The transaction is over. Commit and roll-back are this one line. */
  | { readonly kind: 'end'; readonly outcome: Outcome; readonly failed: FailedTarget | null }
  | { readonly kind: 'acknowledged'; readonly id: number }
  /** Failures are forgotten on request. */
  | { readonly kind: 'retry' }
  /** Inconsistent units are at the committed state again. */
  | { readonly kind: 'repaired' }
  | { readonly kind: 'cleaned' };
