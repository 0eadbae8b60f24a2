// SPDX-License-Identifier: Apache-2.0
import { isSignedBy, type Commit } from '@fairlead/git';

/** Raw public keys that may sign the log: one set for each version of the root, the oldest first. */
export type KeySets = readonly (readonly Uint8Array[])[];

/** Judges the commits of one reference in their order. */
export interface SignatureJudge {
  /**
   * Whether one of our keys signed it. Once a commit bears a key of a newer root, what that root no longer lists signs nothing after
   * it: a key that was replaced because it was stolen cannot go on with the log.
   */
  accepts(commit: Commit): boolean;
  /** We signed the next one, with this key. */
  signed(key: Uint8Array): void;
  /** The next commit is the first of all. */
  startAnew(): void;
}

export function createSignatureJudge(sets: () => KeySets): SignatureJudge {
  let era = 0;
  return {
    accepts(commit) {
      for (const [index, keys] of sets().entries()) {
        if (index < era || !isSignedBy(commit, keys)) continue;
        era = index;
        return true;
      }
      return false;
    },
    signed(key) {
      const index = sets().findIndex(
        (keys, at) => at >= era && keys.some((known) => Buffer.compare(known, key) === 0),
      );
      if (index >= 0) era = index;
    },
    startAnew() {
      era = 0;
    },
  };
}
