// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Digest, type Result } from '@fairlead/base';
import { problem, type RepositoryProblem } from '@fairlead/git';
import type { LogState } from './log-state.ts';

/** A snapshot that we signed once, as its file proves. */
export interface Proof {
  /** Who holds it. */
  readonly device: string;
  readonly snapshot: number;
  /** SHA-256 of the file. */
  readonly digest: Digest;
  /** Version of the timestamp that it holds, signed by us too; 0: not proven. */
  readonly timestamp: number;
  /** Whether the signature still proves anything: not once a newer root has taken its key away. Absent: it does. */
  readonly stands?: () => boolean;
}

/** What devices proved of what we signed. */
export interface ProofBook {
  add(proof: Proof): void;
  /** `log-behind` where one of them is recorded nowhere, and nobody adopted the log above it. */
  judge(state: LogState): Result<void, RepositoryProblem>;
}

/** Proofs that are kept, those of the newest: a log that was cut at one place lacks a few. */
const kept = 16;

export function createProofBook(): ProofBook {
  const proofs = new Map<Digest, Proof>();
  let timestamp = 0;
  return {
    add(proof) {
      timestamp = Math.max(timestamp, proof.timestamp);
      proofs.set(proof.digest, proof);
      const [oldest] = [...proofs.values()].sort((a, b) => a.snapshot - b.snapshot);
      if (proofs.size > kept && oldest !== undefined) proofs.delete(oldest.digest);
    },
    judge(state) {
      for (const { digest, snapshot, stands } of proofs.values()) {
        // Whoever stole a key that was taken away since may have signed any version.
        const isVoid = stands?.() === false;
        if (isVoid || state.snapshots.has(digest) || snapshot <= state.floor) proofs.delete(digest);
      }
      const [worst] = [...proofs.values()].sort((a, b) => b.snapshot - a.snapshot);
      if (worst === undefined) return ok();
      const above = Math.max(timestamp, ...Object.values({ ...state.versions, worst: worst.snapshot }));
      const message = `device ${worst.device} holds a version ${worst.snapshot} of our snapshot that no record names; the newest recorded is ${state.versions.snapshot}`;
      const hint = `Bring the missing records back: fairlead log adopt --from <clone>. Where none has them: fairlead log adopt --above ${above}`;
      return err({ ...problem('log-behind', message), hint });
    },
  };
}
