// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import type { RepositoryProblem } from '../problem.ts';
import type { Repository } from '../repository.ts';
import { attempt } from './remote-failure.ts';
import type { Transport } from './transport.ts';
import type { Upkeep } from './upkeep.ts';

export interface IntakeOptions {
  /** The mirror's folder as a repository of its own. */
  readonly local: Repository;
  readonly transport: Transport;
  /** Full name of the mirrored branch; undefined: none. */
  readonly head: string | undefined;
  readonly upkeep: Upkeep;
}

/** Brings into a mirror's folder what the remote holds. */
export interface Intake {
  /** Fetches what these references mean, as far as it is not there, and has the folder's own references hold it. */
  bring(news: ReadonlyMap<string, string>, signal: AbortSignal): Promise<Result<void, RepositoryProblem>>;
  /** Has the folder's own reference hold what is there. */
  hold(ref: string, oid: string, signal: AbortSignal): Promise<Result<void, RepositoryProblem>>;
}

/** Ancestors of the branch that a rewritten one is most likely built on. */
const haveAncestors = 32;

export function createIntake({ local, transport, head, upkeep }: IntakeOptions): Intake {
  async function bring(
    news: ReadonlyMap<string, string>,
    signal: AbortSignal,
  ): Promise<Result<void, RepositoryProblem>> {
    for (const portion of portionsOf(news)) {
      const missing = new Map<string, string>();
      for (const [ref, oid] of portion) if (!(await local.objects.commit(oid)).ok) missing.set(ref, oid);
      if (missing.size > 0) {
        const haves = await ours();
        if (!haves.ok) return haves;
        const fetched = await attempt(signal, () => transport.fetch(missing, haves.value, signal));
        if (!fetched.ok) return fetched;
        upkeep.wrote(signal);
      }
      for (const [ref, oid] of portion) {
        const there = await local.objects.commit(oid);
        if (!there.ok) return there;
        const held = await hold(ref, oid, signal);
        if (!held.ok) return held;
      }
    }
    return ok();
  }

  /** What a remote needs not send again. */
  async function ours(): Promise<Result<readonly string[], RepositoryProblem>> {
    const held = await local.listRefs('refs/');
    if (!held.ok) return held;
    const found = new Set(held.value.values());
    let ancestor = head === undefined ? undefined : held.value.get(head);
    for (let step = 0; ancestor !== undefined && step < haveAncestors; step += 1) {
      found.add(ancestor);
      const commit = await local.objects.commit(ancestor);
      ancestor = commit.ok ? commit.value.parents[0] : undefined;
    }
    return ok([...found]);
  }

  async function hold(
    ref: string,
    oid: string,
    signal: AbortSignal,
  ): Promise<Result<void, RepositoryProblem>> {
    const held = await local.readRef(ref);
    if (!held.ok || held.value === oid) return held.ok ? ok() : held;
    const moved = await local.updateRef({ ref, expected: held.value, oid }, signal);
    return moved.ok ? ok() : err(moved.error.problem);
  }

  return { bring, hold };
}

/** Each part of the receipts comes in a pack of its own: a segment is bounded, all of them together are not. */
function portionsOf(refs: ReadonlyMap<string, string>): readonly ReadonlyMap<string, string>[] {
  const isBulk = (ref: string): boolean => ref.startsWith('refs/fairlead/receipts');
  const small = new Map([...refs].filter(([ref]) => !isBulk(ref)));
  return [small, ...[...refs].filter(([ref]) => isBulk(ref)).map((entry) => new Map([entry]))];
}
