// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { problem, type RepositoryProblem } from '@fairlead/git';
import type { LogState } from './log-state.ts';
import { recordedVersions } from './versions.ts';

/** Versions that we signed once, as the files prove that a device holds. */
export interface Proof {
  readonly device: string;
  readonly snapshot: number;
  /** 0: not proven. */
  readonly timestamp: number;
  /** Whether the signatures still prove anything: not once a newer root has taken their key away. Absent: they do. */
  readonly stands?: () => boolean;
}

/** What devices proved of what we signed. */
export interface ProofBook {
  add(proof: Proof): void;
  /** `log-behind` where less is recorded than was proven. */
  judge(state: LogState): Result<void, RepositoryProblem>;
}

export function createProofBook(): ProofBook {
  let best: Proof | undefined;
  let timestamp = 0;
  return {
    add(proof) {
      timestamp = Math.max(timestamp, proof.timestamp);
      if (best === undefined || proof.snapshot > best.snapshot) best = proof;
    },
    judge(state) {
      // Whoever stole the key that was taken away may have signed any version.
      if (best?.stands?.() === false) best = undefined;
      if (best === undefined) return ok();
      const { snapshot } = recordedVersions(state);
      if (best.snapshot <= snapshot) return ok();
      const above = Math.max(best.snapshot, timestamp);
      const message = `device ${best.device} holds version ${best.snapshot} of our snapshot, the newest record is version ${snapshot}`;
      const hint = `Bring the missing records back: fairlead log adopt --from <clone>. Where none has them: fairlead log adopt --above ${above}`;
      return err({ ...problem('log-behind', message), hint });
    },
  };
}
