// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { readRoots } from '@fairlead/commits';
import type { Repository } from '@fairlead/git';
import { refNames } from '@fairlead/log';
import { judgeSuccessor, readTrustedRoot, type TrustedRoot } from '@fairlead/trust/verify';

/** A root that is trusted, in its exact bytes. */
export interface KnownRoot extends TrustedRoot {
  readonly bytes: Uint8Array;
}

/** The roots of a fleet: those that were seen, and those that are in effect. */
export interface RootBook {
  /** From version 1 to the newest in effect: what devices are told of, and whose keys sign. */
  inEffect(): readonly KnownRoot[];
  newest(): KnownRoot;
  /** The newest of all; it may not be in effect yet. */
  newestSeen(): KnownRoot;
  /** Raw snapshot keys of each root that was seen, oldest first: by whose signature the fleet log is believed. */
  snapshotKeys(): readonly (readonly Uint8Array[])[];
  /**
   * Looks for roots where they may be newer than what is in effect: in the branch, and in the commit that was recorded last. They prove
   * themselves by their signatures, so it does not matter who put them there.
   */
  look(): Promise<void>;
  /** Those in the tree of this commit, the last that became a revision, are in effect. Null: none did, so all that were seen are. */
  settle(commit: string | null): Promise<void>;
}

export interface RootBookOptions {
  /** Bytes of root version 1, which the key folder holds. */
  readonly firstRoot: Uint8Array;
  readonly repository: Pick<Repository, 'objects' | 'readRef'>;
  readonly branch: string;
}

export function createRootBook({ firstRoot, repository, branch }: RootBookOptions): RootBook {
  const refs = [refNames(branch).recorded, `refs/heads/${branch}`];
  const looked = new Map<string, string>();
  let seen: readonly KnownRoot[] = [begin(firstRoot)];
  let count = 1;
  let settled: string | null = null;

  const inEffect = (): readonly KnownRoot[] => seen.slice(0, count);

  return {
    inEffect,
    newest: () => newestOf(inEffect()),
    newestSeen: () => newestOf(seen),
    snapshotKeys: () => seen.map(({ roles }) => roles.snapshot.keys.map(({ publicKey }) => publicKey)),
    async look() {
      for (const ref of refs) {
        const commit = await repository.readRef(ref);
        if (!commit.ok || commit.value === null || looked.get(ref) === commit.value) continue;
        const found = await readRoots(repository, commit.value);
        if (found === undefined) continue;
        looked.set(ref, commit.value);
        const joined = follow(seen, found);
        if (joined.length > seen.length) seen = joined;
      }
      if (settled === null) count = seen.length;
    },
    async settle(commit) {
      if (commit === settled || commit === null) return;
      const found = await readRoots(repository, commit);
      if (found === undefined) {
        // The log holds what this commit signed, so the newest that was seen is the likeliest.
        count = seen.length;
        return;
      }
      const chain = follow(seen, found);
      // Another root of the same version was seen elsewhere: the recorded one counts.
      if (!isPrefix(chain, seen)) seen = chain;
      count = chain.length;
      settled = commit;
    },
  };
}

/** The roots that `found` begins with, as far as each properly follows the one before. The first is given. */
function follow(seen: readonly KnownRoot[], found: readonly Uint8Array[]): readonly KnownRoot[] {
  const chain = seen.slice(0, 1);
  for (const [index, bytes] of found.entries()) {
    const known = seen[index];
    if (known !== undefined && Buffer.from(bytes).equals(known.bytes)) {
      if (index > 0) chain.push(known);
      continue;
    }
    if (index === 0) break;
    const judged = judgeSuccessor(newestOf(chain).bytes, bytes);
    if (!judged.ok) break;
    chain.push({ ...judged.value, bytes });
  }
  return chain;
}

function isPrefix(chain: readonly KnownRoot[], of: readonly KnownRoot[]): boolean {
  return chain.every((root, index) => root === of[index]);
}

function newestOf(chain: readonly KnownRoot[]): KnownRoot {
  const newest = chain.at(-1);
  if (newest === undefined) throw new FairleadError({ code: 'internal', message: 'a fleet without a root' });
  return newest;
}

function begin(bytes: Uint8Array): KnownRoot {
  const root = readTrustedRoot(bytes);
  if (!root.ok) throw new FairleadError({ code: 'keys-missing', message: root.error.message });
  return { ...root.value, bytes };
}
