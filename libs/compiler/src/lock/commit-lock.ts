// SPDX-License-Identifier: Apache-2.0
import {
  emptyLock,
  isFaulty,
  join,
  lockedEntry,
  type LockEntries,
  type LockFile,
  type LockSection,
} from '@fairlead/spec';

/** The lock of a commit, and which of its entries could not be read: of these nothing is said. */
export interface CommitLock {
  readonly value: LockFile;
  readonly faulty: ReadonlySet<string>;
}

/** That of a commit without `fleet.lock.json`. */
export const noLock: CommitLock = { value: emptyLock, faulty: new Set() };

/** That of a commit whose `fleet.lock.json` is no JSON, or no lock. */
export const unreadLock: CommitLock = { value: emptyLock, faulty: new Set(['']) };

/** The entry, or why there is none. */
export type LockAnswer<S extends LockSection> = LockEntries[S] | 'missing' | 'unread';

export function lookUp<S extends LockSection>(
  { value, faulty }: CommitLock,
  section: S,
  key: string,
): LockAnswer<S> {
  const entry = lockedEntry(value[section], key);
  if (entry !== undefined) return entry;
  return faulty.size > 0 && isFaulty(faulty, join('', section, key)) ? 'unread' : 'missing';
}

/** Whether both are of one file as it was read: then every answer is the same. */
export function isSameLock(a: CommitLock, b: CommitLock): boolean {
  return a.value === b.value && a.faulty === b.faulty;
}
