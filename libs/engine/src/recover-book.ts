// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import { emptyBook, type Book } from './book.ts';
import type { JournalRecord } from './journal-record.ts';
import { enter } from './keep-book.ts';

/** Ids go on above all that a lost record can have used: whoever keeps receipts tells outcomes apart by them. */
const idsOfOneJournal = 2 ** 32;

/**
 * What can still be believed of a damaged journal: what was committed last, as far as its readable records say. Whatever was under
 * way is dropped, so that the device is brought to the committed state and asks anew what it shall be.
 */
export function salvage(records: readonly JournalRecord[]): Book {
  const book = records
    .filter(isSelfContained)
    .reduce((known, record) => settled(enter(known, record)), emptyBook);
  return { ...book, lastId: (Math.floor(book.lastId / idsOfOneJournal) + 1) * idsOfOneJournal };
}

/** Leaves out of account the target states that are gone from the device; null: nothing hangs on any of them. */
export function withoutLost(book: Book, isLost: (target: Digest) => boolean): Book | null {
  const { committed, previous, desired, open, transaction } = book;
  const underWay = transaction.kind === 'none' ? [] : [transaction.desired.target];
  const wanted = open && desired !== null ? [desired.target] : [];
  const isCommittedLost = committed !== null && isLost(committed.target);
  const isPreviousLost = previous !== null && isLost(previous);
  if (!isCommittedLost && ![...underWay, ...wanted].some(isLost))
    return isPreviousLost ? { ...book, previous: null } : null;
  return settled({
    ...book,
    committed: isCommittedLost ? null : committed,
    previous: isPreviousLost ? null : previous,
  });
}

/** True for records that mean the same whatever stood before them. */
function isSelfContained(record: JournalRecord): boolean {
  return record.kind === 'head' || (record.kind === 'end' && record.outcome.result === 'applied');
}

/** Nothing is under way or asked for, and the committed state is to be brought up. Nothing is cleaned away while none is known. */
function settled(book: Book): Book {
  return {
    ...book,
    desired: null,
    open: false,
    transaction: { kind: 'none' },
    boot: null,
    inconsistent: [],
    unclean: book.committed !== null,
  };
}
