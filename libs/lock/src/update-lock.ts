// SPDX-License-Identifier: Apache-2.0
import { err, FairleadError, ok, type Code, type Result } from '@fairlead/base';
import {
  compareDiagnostics,
  disagreement,
  lockedEntry,
  type Diagnostic,
  type LockEntries,
  type LockFile,
  type LockPlace,
} from '@fairlead/spec';
import { isDeepStrictEqual } from 'node:util';
import type { LockPlan, Wanted } from './plan-lock.ts';
import type { Meaning, Resolver } from './resolve/resolver.ts';

type Entry = LockEntries[keyof LockEntries];

export type LockChange = LockPlace &
  (
    | { readonly change: 'added'; readonly after: Entry }
    | { readonly change: 'updated' | 'unchanged'; readonly before: Entry; readonly after: Entry }
    | { readonly change: 'removed'; readonly before: Entry }
  );

export interface UpdatedLock {
  readonly lock: LockFile;
  /** Of what was resolved and what was dropped. */
  readonly changes: readonly LockChange[];
}

/** Most requests at one time: hosts count them, and a person waits. */
const atOnce = 6;

/**
 * Resolves what the plan says. All or nothing: where something cannot be resolved, or is not what a file pins, each such thing is a
 * diagnostic at the place that names it. Rejects when the signal aborts.
 */
export async function updateLock(
  lock: LockFile,
  { resolve, drop }: LockPlan,
  resolver: Resolver,
  signal: AbortSignal,
): Promise<Result<UpdatedLock, readonly Diagnostic[]>> {
  const found = await mapAtOnce(resolve, (wanted) => meaningOf(wanted, resolver, signal));
  const refused = found.flatMap((one) => (one.ok ? [] : one.error));
  if (refused.length > 0) return err(refused.toSorted(compareDiagnostics));
  const set = found.flatMap((one, index) => {
    const wanted = resolve[index];
    return one.ok && wanted !== undefined ? [{ ...placeOf(wanted), after: one.value.entry }] : [];
  });
  const changes = [
    ...set.map((one) => changeOf(lock, one)),
    ...drop.map((place) => ({ ...placeOf(place), change: 'removed' as const, before: entryAt(lock, place) })),
  ].filter((one): one is LockChange => one.change === 'added' || one.before !== undefined);
  return ok({ lock: apply(lock, set, drop), changes });
}

async function meaningOf(
  wanted: Wanted,
  resolver: Resolver,
  signal: AbortSignal,
): Promise<Result<Meaning, readonly Diagnostic[]>> {
  let meaning: Meaning;
  try {
    signal.throwIfAborted();
    meaning = await resolver.resolve(wanted.reference, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof FairleadError) || thrown.code === 'internal') throw thrown;
    const { code, message, hint } = thrown;
    return err([{ ...wanted.uses[0].place, severity: 'error', code, message, hint }]);
  }
  if (meaning.kind === 'branch') return ok(meaning);
  const content = meaning.kind === 'file' ? { ...meaning.entry, md5: meaning.md5 } : meaning.entry;
  const wrong = wanted.uses.flatMap(({ pins, place }): Diagnostic[] => {
    const other = disagreement(pins, content);
    if (other === undefined) return [];
    const message = `${wanted.key} is pinned here otherwise than it is: it has ${other} now`;
    return [{ ...place, severity: 'error', code: 'lock-mismatch', message, hint: mismatchHint }];
  });
  return wrong.length === 0 ? ok(meaning) : err(wrong);
}

const mismatchHint = 'Correct what is pinned here, or find out who changed what the reference names.';

/** What says that the question could not be asked: the answer may be another one later. */
const unavailable: ReadonlySet<Code> = new Set<Code>([
  'credentials-refused',
  'remote-slow',
  'remote-unreachable',
  'remote-untrusted',
]);

/** Whether some reference could not be asked for, as opposed to being wrong. */
export function isUnavailable(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ code }) => unavailable.has(code));
}

function changeOf(lock: LockFile, { after, ...place }: LockPlace & { readonly after: Entry }): LockChange {
  const before = entryAt(lock, place);
  if (before === undefined) return { ...place, change: 'added', after };
  return { ...place, change: isDeepStrictEqual(before, after) ? 'unchanged' : 'updated', before, after };
}

function entryAt(lock: LockFile, { section, key }: LockPlace): Entry | undefined {
  return lockedEntry<Entry>(lock[section], key);
}

function placeOf({ section, key }: LockPlace): LockPlace {
  return { section, key };
}

function apply(
  lock: LockFile,
  set: readonly (LockPlace & { readonly after: Entry })[],
  drop: readonly LockPlace[],
): LockFile {
  const changed = Object.entries(lock).map(([section, entries]) => {
    const gone = new Set(drop.filter((place) => place.section === section).map(({ key }) => key));
    const added = set.filter((one) => one.section === section).map(({ key, after }) => [key, after] as const);
    if (gone.size === 0 && added.length === 0) return [section, entries] as const;
    const kept = Object.entries(entries).filter(([key]) => !gone.has(key));
    return [section, Object.fromEntries([...kept, ...added])] as const;
  });
  // Each entry comes from the section that it goes to.
  return Object.fromEntries(changed) as unknown as LockFile;
}

/** In the order of the items, a few at a time. */
async function mapAtOnce<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
