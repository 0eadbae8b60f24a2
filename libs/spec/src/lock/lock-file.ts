// SPDX-License-Identifier: Apache-2.0
import type { LockedBranch, LockedContent, LockedPod } from '../schemas/lock-schema.ts';

/** What the lock holds of each kind of reference. */
export interface LockEntries {
  /** `digest` is that of the manifest or index that the reference names. */
  readonly images: LockedContent;
  readonly files: LockedContent;
  readonly branches: LockedBranch;
  readonly pods: LockedPod;
}

export type LockSection = keyof LockEntries;

/** What every mutable reference means, by `lockKey`. Keys of the file that begin with `x-` stand beside these. */
export type LockFile = { readonly [S in LockSection]: Readonly<Record<string, LockEntries[S]>> };

/** Kinds of entries, in the order in which people are told of them. */
export const lockSections: readonly LockSection[] = ['images', 'files', 'branches', 'pods'];

export const emptyLock: LockFile = { images: {}, files: {}, branches: {}, pods: {} };

/** Something whose meaning may change from one day to the next. */
export type LockReference =
  /** As `formatImageReference` writes it. */
  | { readonly kind: 'image'; readonly reference: string }
  | { readonly kind: 'file'; readonly url: string }
  /** `branch` without `refs/heads/`. */
  | { readonly kind: 'branch'; readonly repository: string; readonly branch: string }
  /** `name@tag`, `name#revision` or an id. */
  | { readonly kind: 'pod'; readonly reference: string };

/** Where the lock holds something. */
export interface LockPlace {
  readonly section: LockSection;
  readonly key: string;
}

export function lockKey(reference: LockReference): LockPlace {
  switch (reference.kind) {
    case 'image':
      return { section: 'images', key: reference.reference };
    case 'file':
      return { section: 'files', key: reference.url };
    case 'branch':
      return { section: 'branches', key: `${reference.repository}#${reference.branch}` };
    case 'pod':
      return { section: 'pods', key: reference.reference };
  }
}

/** The entry of that key in a section, never something that every object has. */
export function lockedEntry<T>(section: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(section, key) ? section[key] : undefined;
}
