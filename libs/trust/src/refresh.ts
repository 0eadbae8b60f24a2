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
export function refreshDue({ targets, snapshot, timestamp }: SignedRevision): number {
  return Math.min(
    targetsDue(targets),
    snapshotDue(snapshot),
    timestamp.expires - lifetimes.timestamp + timestampAge,
  );
}

/**
 * Signs again what is due: targets and snapshot at two thirds of life, the timestamp daily and whenever a file below it changed.
 * Undefined: nothing is due. The manifest, and so the revision, stays what it is.
 */
export function refreshRevision(input: {
  readonly signers: RevisionSigners;
  readonly recorded: SignedRevision;
  readonly manifest: Uint8Array;
  readonly now: number;
}): SignedRevision | undefined {
  const { signers, recorded, manifest, now } = input;
  if (now < refreshDue(recorded)) return undefined;
  const targets =
    now < targetsDue(recorded.targets)
      ? recorded.targets
      : signTargets(signers, recorded.targets.version + 1, manifest, now);
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

const targetsDue = (targets: SignedFile): number => targets.expires - lifetimes.targets / 3;
const snapshotDue = (snapshot: SignedFile): number => snapshot.expires - lifetimes.snapshot / 3;
