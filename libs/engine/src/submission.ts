// SPDX-License-Identifier: Apache-2.0
import { failureOf, type Book } from './book.ts';
import type { RevisionRef } from './engine-state.ts';
import type { JournalRecord } from './journal-record.ts';

/**
 * What a submitted revision means beside what is known already; null: nothing new.
 *
 * A revision that leaves the target as it is, is only noted. It opens the target again if that was neither committed nor held
 * against it: after a reboot in the middle, say. A revision that moves to another target is always answered, also back to the
 * committed one: somebody waits for the outcome.
 */
export function noteOf(book: Book, revision: RevisionRef, agentVersion: string): JournalRecord | null {
  const { desired } = book;
  const isSame = desired?.target === revision.target;
  const isDone =
    book.committed?.target === revision.target || failureOf(book, revision.target, agentVersion) !== null;
  const open = isSame ? book.open || !isDone : true;
  if (
    isSame &&
    open === book.open &&
    desired.revision === revision.revision &&
    desired.counter === revision.counter
  )
    return null;
  const { counter, target } = revision;
  return { kind: 'noted', desired: { revision: revision.revision, counter, target }, open };
}

/**
 * False while a way back is gone or due: what is submitted meanwhile is taken in after it, so that the same revision, offered again
 * after a reboot, is not mistaken for the one that is being rolled back.
 */
export function canTakeIn({ transaction }: Book, boot: string): boolean {
  return (
    transaction.kind !== 'rolling-back' && (transaction.kind !== 'applying' || transaction.boot === boot)
  );
}

/** True if work for another target is under way that the revision may cut short. */
export function displaces(book: Book, revision: RevisionRef): boolean {
  return (
    book.transaction.kind !== 'none' &&
    'desired' in book.transaction &&
    book.transaction.desired.target !== revision.target
  );
}
