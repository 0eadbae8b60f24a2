// SPDX-License-Identifier: Apache-2.0
import {
  lifetimes,
  signSnapshot,
  signTargets,
  signTimestamp,
  type RevisionSigners,
  type SignedFile,
  type SignedRevision,
} from './sign-revision.ts';

/** The timestamp is signed again when it is this old, in milliseconds: daily, half of its life. */
const timestampAge = 24 * 3_600_000;

/** When the next of the files is due to be signed again, in milliseconds since 1970. */
export function refreshDue(signed: SignedRevision): number {
  return Math.min(targetsDue(signed), ownDue(signed));
}

/** At two thirds of life; a holder of an offline key is asked from then on. */
export function targetsDue({ targets }: Pick<SignedRevision, 'targets'>): number {
  return targets.expires - lifetimes.targets / 3;
}

/**
 * Signs again what is due: targets and snapshot at two thirds of life, the timestamp daily and whenever a file below it changed.
 * Undefined: nothing is due. The manifest, and so the revision, stays what it is. Where no signer for targets is here, they are renewed
 * only by `released`, which was signed elsewhere.
 */
export function refreshRevision(input: {
  readonly signers: RevisionSigners;
  readonly recorded: SignedRevision;
  readonly manifest: Uint8Array;
  readonly released?: SignedFile | undefined;
  readonly now: number;
}): SignedRevision | undefined {
  const { signers, recorded, manifest, released, now } = input;
  const isTargetsDue = signers.targets.length > 0 && now >= targetsDue(recorded);
  if (released === undefined && !isTargetsDue && now < ownDue(recorded)) return undefined;
  const targets =
    released ??
    (isTargetsDue
      ? signTargets(signers.targets, recorded.targets.version + 1, manifest, now)
      : recorded.targets);
  const snapshot =
    targets === recorded.targets && now < snapshotDue(recorded.snapshot)
      ? recorded.snapshot
      : signSnapshot(signers, recorded.snapshot.version + 1, targets, now);
  return {
    targets,
    snapshot,
    timestamp: signTimestamp(signers, recorded.timestamp.version + 1, snapshot, now),
  };
}

const ownDue = ({ snapshot, timestamp }: SignedRevision): number =>
  Math.min(snapshotDue(snapshot), timestamp.expires - lifetimes.timestamp + timestampAge);
const snapshotDue = (snapshot: SignedFile): number => snapshot.expires - lifetimes.snapshot / 3;
