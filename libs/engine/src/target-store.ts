// SPDX-License-Identifier: Apache-2.0
import { digestFromHex, digestHex, errnoOf, FairleadError, type Digest } from '@fairlead/base';
import { parseTarget, targetBytes, targetDigest, type TargetState } from '@fairlead/target';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceDurably } from './durable.ts';

/** Target states by digest, so that a device comes back to one without asking anybody. */
export interface TargetStore {
  /** On disk for good once resolved. Throws `no-space` or `storage-failed`. */
  save(state: TargetState): Promise<Digest>;
  /** Throws `storage-failed` when it is not there, or not what its name says. */
  load(digest: Digest): Promise<TargetState>;
  /** False: it is not there, or not what its name says. */
  has(digest: Digest): Promise<boolean>;
  /** Removes all others. */
  retain(digests: ReadonlySet<Digest>): Promise<void>;
}

/** One file each, `<64 hex>.json`, in canonical form. */
export function openTargetStore(dir: string): TargetStore {
  const pathOf = (digest: Digest): string => join(dir, `${digestHex(digest)}.json`);
  // The few that are retained are asked for at every look at the units.
  const known = new Map<Digest, TargetState>();
  const load = async (digest: Digest): Promise<TargetState> => {
    const state = known.get(digest);
    if (state !== undefined) return state;
    const bytes = await readFile(pathOf(digest)).catch((thrown: unknown) => {
      throw new FairleadError({
        code: 'storage-failed',
        message: `target state ${digest} cannot be read`,
        cause: thrown,
      });
    });
    const parsed = parseTarget(bytes);
    if (!parsed.ok || targetDigest(parsed.value) !== digest) {
      throw new FairleadError({
        code: 'storage-failed',
        message: `the file of target state ${digest} is damaged`,
      });
    }
    known.set(digest, parsed.value);
    return parsed.value;
  };
  return {
    async save(state) {
      const digest = targetDigest(state);
      await replaceDurably(pathOf(digest), targetBytes(state));
      known.set(digest, state);
      return digest;
    },
    load,
    has: (digest) =>
      load(digest).then(
        () => true,
        (thrown: unknown) => {
          // A disk that cannot be read just now says nothing about what is on it.
          const errno = thrown instanceof Error ? errnoOf(thrown.cause) : undefined;
          if (errno !== undefined && errno !== 'ENOENT') throw thrown;
          return false;
        },
      ),
    async retain(digests) {
      for (const digest of known.keys()) if (!digests.has(digest)) known.delete(digest);
      const names = await readdir(dir).catch(() => []);
      for (const name of names) {
        const hex = /^([0-9a-f]{64})\.json$/.exec(name)?.[1];
        if (hex === undefined || !digests.has(digestFromHex(hex))) await rm(join(dir, name), { force: true });
      }
    },
  };
}
