// SPDX-License-Identifier: Apache-2.0
import { compareBytes } from '@fairlead/base';
import {
  disagreement,
  lockedEntry,
  lockKey,
  lockSections,
  type LockFile,
  type LockPlace,
  type LockReference,
  type MutableReference,
} from '@fairlead/spec';

/** A reference to be resolved, and every place that names it; the first is where people are told of it. */
export interface Wanted extends LockPlace {
  readonly reference: LockReference;
  readonly uses: readonly [MutableReference, ...MutableReference[]];
}

/** What is between a lock and one that fits the commit; both in the order of sections and keys. */
export interface LockPlan {
  readonly resolve: readonly Wanted[];
  readonly drop: readonly LockPlace[];
}

interface PlanOptions {
  /** Everything that hangs on the lock. */
  readonly references: readonly MutableReference[];
  readonly lock: LockFile;
  /** Resolved although they are locked. Pods never are: whoever uploads one locks it. */
  readonly again?: (place: LockPlace) => boolean;
  /** False where errors may hide references: then nothing is dropped. */
  readonly complete: boolean;
}

/** Resolved is what is missing, and what is pinned in a file otherwise than locked; dropped what nothing refers to. */
export function planLock({ references, lock, again = () => false, complete }: PlanOptions): LockPlan {
  const wanted = wantedOf(references);
  const used = new Set(wanted.map(nameOf));
  const entries = lockSections.flatMap((section) =>
    Object.keys(lock[section]).map((key): LockPlace => ({ section, key })),
  );
  return {
    resolve: wanted
      .filter((one) => !isLocked(one, lock) || (one.section !== 'pods' && again(one)))
      .sort(inOrder),
    drop: complete ? entries.filter((place) => !used.has(nameOf(place))).sort(inOrder) : [],
  };
}

/** Each reference once. */
function wantedOf(references: readonly MutableReference[]): readonly Wanted[] {
  const byName = Map.groupBy(references, ({ reference }) => nameOf(lockKey(reference)));
  return [...byName.values()].flatMap(([first, ...rest]) =>
    first === undefined
      ? []
      : [{ ...lockKey(first.reference), reference: first.reference, uses: [first, ...rest] as const }],
  );
}

/** Whether the lock holds it, and says what the files say. */
function isLocked({ section, key, uses }: Wanted, lock: LockFile): boolean {
  if (section === 'branches' || section === 'pods')
    return lockedEntry<unknown>(lock[section], key) !== undefined;
  const entry = lockedEntry(lock[section], key);
  return entry !== undefined && uses.every(({ pins }) => disagreement(pins, entry) === undefined);
}

function nameOf({ section, key }: LockPlace): string {
  return `${section} ${key}`;
}

function inOrder(a: LockPlace, b: LockPlace): number {
  return lockSections.indexOf(a.section) - lockSections.indexOf(b.section) || compareBytes(a.key, b.key);
}
