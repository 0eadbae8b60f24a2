// SPDX-License-Identifier: Apache-2.0
import { FairleadError, type Digest } from '@fairlead/base';
import { emptyBook, type Book, type Transaction } from './book.ts';
import type { FailedTarget, RevisionRef } from './engine-state.ts';
import type { JournalRecord } from './journal-record.ts';
import type { Outcome } from './outcome.ts';

/** Failed targets remembered at most; the oldest is forgotten first. */
const mostFailed = 64;

export function replay(records: readonly JournalRecord[]): Book {
  return records.reduce(enter, emptyBook);
}

/** What is known after one more record. */
export function enter(book: Book, record: JournalRecord): Book {
  switch (record.kind) {
    case 'head':
      return record.book;
    case 'boot':
      return { ...book, boot: record.boot };
    case 'noted':
      return note(book, record.desired, record.open);
    case 'stage':
      return {
        ...book,
        lastId: record.id,
        unclean: true,
        transaction: { kind: 'staging', id: record.id, desired: record.desired },
      };
    case 'staging':
    case 'staged':
      return { ...book, unclean: true };
    case 'apply': {
      const { id, desired } = underWay(book, 'staging');
      const { boot, steps, remark } = record;
      return {
        ...book,
        unclean: true,
        transaction: {
          kind: 'applying',
          id,
          desired,
          boot,
          steps,
          begun: 0,
          done: 0,
          ...(remark !== undefined && { remark }),
        },
      };
    }
    case 'begun':
    case 'done':
      return { ...book, transaction: progress(book, record.kind, record.count) };
    case 'back': {
      const { boot, failure, steps } = record;
      const { id, desired } = underWay(book, 'applying', 'rolling-back');
      const failures = book.transaction.kind === 'rolling-back' ? book.transaction.failures : [];
      return {
        ...book,
        transaction: { kind: 'rolling-back', id, desired, boot, failure, steps, done: 0, failures },
      };
    }
    case 'stuck': {
      const transaction = underWay(book, 'rolling-back');
      return {
        ...book,
        transaction: { ...transaction, failures: [...transaction.failures, record.failure] },
      };
    }
    case 'end':
      return end(book, record.outcome, record.failed);
    case 'acknowledged':
      return { ...book, outcomes: book.outcomes.filter((outcome) => outcome.id !== record.id) };
    case 'retry':
      return { ...book, failed: [], open: book.open || book.desired?.target !== book.committed?.target };
    case 'repaired':
      return { ...book, inconsistent: [] };
    case 'cleaned':
      return { ...book, unclean: false };
  }
}

/** A newer revision drops one of another target that is still staging; of the same target, it takes its place. */
function note(book: Book, desired: RevisionRef, open: boolean): Book {
  const { transaction } = book;
  const isSame = transaction.kind === 'staging' && transaction.desired.target === desired.target;
  return {
    ...book,
    desired,
    open,
    committed: renamed(book.committed, desired),
    transaction:
      transaction.kind !== 'staging' ? transaction : isSame ? { ...transaction, desired } : { kind: 'none' },
  };
}

/** A target that is committed goes by the newest revision that means it. */
function renamed(committed: RevisionRef | null, desired: RevisionRef | null): RevisionRef | null {
  return desired !== null && committed?.target === desired.target ? desired : committed;
}

function end(book: Book, outcome: Outcome, failed: FailedTarget | null): Book {
  const { revision, counter, target, result } = outcome;
  const ended: Book = {
    ...book,
    open: book.desired?.target !== target,
    transaction: { kind: 'none' },
    outcomes: [...book.outcomes, outcome],
    lastId: outcome.id,
    failed: failed === null ? book.failed : [...without(book.failed, target), failed].slice(-mostFailed),
  };
  if (result === 'applied') {
    const committed = renamed({ revision, counter, target }, book.desired);
    const isNew = book.committed?.target !== target;
    const previous = isNew ? (book.committed?.target ?? null) : book.previous;
    return { ...ended, committed, previous, inconsistent: [], failed: without(ended.failed, target) };
  }
  if (result !== 'inconsistent') return ended;
  return { ...ended, inconsistent: underWay(book, 'rolling-back').failures };
}

function without(failed: readonly FailedTarget[], target: Digest): readonly FailedTarget[] {
  return failed.filter((entry) => entry.target !== target);
}

function progress(book: Book, kind: 'begun' | 'done', count: number): Transaction {
  const transaction = underWay(book, 'applying', 'rolling-back');
  if (transaction.kind === 'applying') return { ...transaction, [kind]: count };
  return kind === 'done' ? { ...transaction, done: count } : transaction;
}

function underWay<K extends Transaction['kind']>(
  book: Book,
  ...kinds: readonly K[]
): Extract<Transaction, { kind: K }> {
  const { transaction } = book;
  if ((kinds as readonly string[]).includes(transaction.kind))
    return transaction as Extract<Transaction, { kind: K }>;
  throw new FairleadError({
    code: 'internal',
    message: `the journal says '${transaction.kind}' where '${kinds.join("' or '")}' must be`,
  });
}
