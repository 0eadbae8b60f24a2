// SPDX-License-Identifier: Apache-2.0
import { createTurns, err, ok, type Clock, type Result } from '@fairlead/base';
import type { Repository } from '../repository.ts';
import { problem, type RepositoryProblem } from '../problem.ts';
import type { RefRefusal, RefUpdate } from '../ref-writer.ts';
import type { MirrorFolder } from './mirror-folder.ts';
import { createIntake } from './mirror-intake.ts';
import { objectsToSend } from './objects-to-send.ts';
import { attempt } from './remote-failure.ts';
import type { Transport } from './transport.ts';
import type { Upkeep } from './upkeep.ts';

export interface MirrorOptions extends MirrorFolder {
  readonly transport: Transport;
  /** The branch that is mirrored, without `refs/heads/`; undefined: none. */
  readonly branch: string | undefined;
  readonly clock: Clock;
  readonly upkeep: Upkeep;
}

/** A remote repository, seen through a mirror of its own: everything is read here and written there first. */
export interface RemoteRepository extends Repository {
  /** As `refresh`, but always asks. */
  look(signal: AbortSignal): Promise<Result<void, RepositoryProblem>>;
  /** Whether the remote had any branch when it was asked last. */
  hasBranches(): boolean;
  /** Whether the folder was removed, or another put in its place. */
  isGone(): Promise<boolean>;
}

/** What the remote said is not asked again for so long, unless a write failed since. In milliseconds. */
const freshMs = 1000;

/**
 * What a mirrored reference means is what the remote said last, together with what was pushed since; the folder's own references keep
 * the objects, and outlive what is deleted there. Looks and pushes take turns.
 */
export function createMirror(options: MirrorOptions): RemoteRepository {
  const { local, isGone, transport, branch, clock, upkeep } = options;
  const head = branch === undefined ? undefined : `refs/heads/${branch}`;
  const isMirrored = (ref: string): boolean =>
    ref === head || ref.startsWith('refs/fairlead/') || ref.startsWith('refs/notes/fairlead');
  const prefixes = ['refs/heads/', 'refs/fairlead/', 'refs/notes/fairlead'];
  const intake = createIntake({ local, transport, head, upkeep });
  const turns = createTurns();
  /** Undefined: the remote was not reached yet. */
  let refs: Map<string, string> | undefined;
  let lastProblem = problem('remote-unreachable', 'the remote was not asked yet');
  let branches = false;
  let askedAt = -Infinity;
  /** When the remote was last found silent. */
  let silentAt = -Infinity;

  /** Who waited for a turn while the remote was found silent is told so, instead of finding it out once more. */
  function inTurn<T>(work: () => Promise<T>, failed: (found: RepositoryProblem) => T): Promise<T> {
    const since = clock.monotonic();
    return turns(async () => (silentAt > since ? failed(lastProblem) : work()));
  }

  function failed(found: RepositoryProblem): void {
    lastProblem = found;
    if (found.code === 'remote-slow' || found.code === 'remote-unreachable') silentAt = clock.monotonic();
  }

  async function look(signal: AbortSignal): Promise<Result<void, RepositoryProblem>> {
    const looked = await attempt(signal, () => transport.list(prefixes, signal));
    const taken = looked.ok ? await take(looked.value, signal) : looked;
    if (taken.ok) askedAt = clock.monotonic();
    else failed(taken.error);
    return taken;
  }

  async function take(
    listed: ReadonlyMap<string, string>,
    signal: AbortSignal,
  ): Promise<Result<void, RepositoryProblem>> {
    if (await isGone()) return err(problem('repository-missing', 'the mirror was removed; it is made anew'));
    const next = new Map([...listed].filter(([ref]) => isMirrored(ref)));
    const news = new Map([...next].filter(([ref, oid]) => refs?.get(ref) !== oid));
    const brought = await intake.bring(news, signal);
    if (!brought.ok) return brought;
    branches = [...listed.keys()].some((ref) => ref.startsWith('refs/heads/'));
    refs = next;
    return ok();
  }

  async function push(update: RefUpdate, signal: AbortSignal): Promise<Result<void, RefRefusal>> {
    const { ref, expected, oid } = update;
    if (refs === undefined) {
      const looked = await look(signal);
      if (!looked.ok) return unwritable(looked.error);
    }
    if (actualOf(ref) === oid) return ok();
    if (actualOf(ref) !== expected) return lost(ref);
    const base = expected ?? (head === undefined ? null : actualOf(head));
    const objects = await objectsToSend(local, oid, base);
    if (!objects.ok) return unwritable(objects.error);
    const pushed = await attempt(signal, () => transport.push(update, objects.value, signal));
    if (!pushed.ok) {
      // It may stand there after all.
      askedAt = -Infinity;
      failed(pushed.error);
      return unwritable(pushed.error);
    }
    if (pushed.value.kind === 'done') {
      refs?.set(ref, oid);
      upkeep.wrote(signal);
    } else {
      const looked = await look(signal);
      if (!looked.ok) return unwritable(looked.error);
      if (actualOf(ref) === expected) {
        return unwritable(problem('push-refused', `the remote refuses ${ref}: ${pushed.value.why}`));
      }
      if (actualOf(ref) !== oid) return lost(ref);
    }
    const held = await intake.hold(ref, oid, signal);
    return held.ok ? ok() : unwritable(held.error);
  }

  const actualOf = (ref: string): string | null => refs?.get(ref) ?? null;
  const lost = (ref: string): Result<never, RefRefusal> =>
    err({
      kind: 'lost',
      actual: actualOf(ref),
      problem: problem('ref-contended', `${ref} was moved by another writer`),
    });

  return {
    ...local,
    look: (signal) => inTurn(() => look(signal), err),
    hasBranches: () => branches,
    isGone,
    refresh: (signal) =>
      inTurn<Result<void, RepositoryProblem>>(async () => {
        const isFresh = clock.monotonic() - askedAt < freshMs;
        return isFresh ? ok() : look(signal);
      }, err),
    async readRef(ref) {
      if (!isMirrored(ref)) return local.readRef(ref);
      return refs === undefined ? err(lastProblem) : ok(actualOf(ref));
    },
    async listRefs(prefix) {
      if (!isMirrored(prefix)) return local.listRefs(prefix);
      if (refs === undefined) return err(lastProblem);
      return ok(new Map([...refs].filter(([ref]) => ref.startsWith(prefix))));
    },
    updateRef: (update, signal) =>
      isMirrored(update.ref)
        ? inTurn(() => push(update, signal), unwritable)
        : local.updateRef(update, signal),
  };
}

function unwritable(found: RepositoryProblem): Result<never, RefRefusal> {
  return err({ kind: 'unwritable', problem: found });
}
