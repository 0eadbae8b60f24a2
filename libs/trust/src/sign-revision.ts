// SPDX-License-Identifier: Apache-2.0
import { digestHex, sha256 } from '@fairlead/base';
import { MetaFile, Snapshot, TargetFile, Targets, Timestamp } from '@tufjs/models';
import type { Ed25519Signer } from './ed25519-signer.ts';
import { manifestName } from './links.ts';
import { extensionField } from './root.ts';
import { signMetadata, specVersion, tufTime } from './sign-metadata.ts';

/** Who signs each role below root. */
export interface RevisionSigners {
  readonly targets: readonly Ed25519Signer[];
  readonly snapshot: readonly Ed25519Signer[];
  readonly timestamp: readonly Ed25519Signer[];
}

/** Versions that stand in the record; 0 where none does. The next ones count up from here. */
export interface RecordedVersions {
  readonly targets: number;
  readonly snapshot: number;
  readonly timestamp: number;
}

export const noVersions: RecordedVersions = { targets: 0, snapshot: 0, timestamp: 0 };

/** How long a role's file is valid, in milliseconds. */
export const lifetimes = {
  targets: 90 * 86_400_000,
  snapshot: 90 * 86_400_000,
  timestamp: 48 * 3_600_000,
} as const;

/** One signed file: these exact bytes are recorded and offered. */
export interface SignedFile {
  readonly version: number;
  readonly bytes: Uint8Array;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

export interface SignedRevision {
  readonly targets: SignedFile;
  readonly snapshot: SignedFile;
  readonly timestamp: SignedFile;
}

/**
 * Signs one manifest: its digest in targets, targets in snapshot, snapshot in timestamp. `released`: targets that were signed elsewhere
 * already. `now` in milliseconds since 1970.
 */
export function signRevision(input: {
  readonly signers: RevisionSigners;
  readonly recorded: RecordedVersions;
  readonly manifest: Uint8Array;
  readonly released?: SignedFile | undefined;
  readonly now: number;
}): SignedRevision {
  const { signers, recorded, manifest, released, now } = input;
  const targets = released ?? signTargets(signers.targets, recorded.targets + 1, manifest, now);
  const snapshot = signSnapshot(signers, recorded.snapshot + 1, targets, now);
  return { targets, snapshot, timestamp: signTimestamp(signers, recorded.timestamp + 1, snapshot, now) };
}

export function signTargets(
  signers: readonly Ed25519Signer[],
  version: number,
  manifest: Uint8Array,
  now: number,
): SignedFile {
  const target = new TargetFile({
    path: manifestName,
    length: manifest.length,
    hashes: { sha256: digestHex(sha256(manifest)) },
  });
  return file(version, now + lifetimes.targets, (common) =>
    signMetadata(new Targets({ ...common, targets: { [manifestName]: target } }), signers),
  );
}

export function signSnapshot(
  signers: RevisionSigners,
  version: number,
  targets: SignedFile,
  now: number,
): SignedFile {
  return file(version, now + lifetimes.snapshot, (common) =>
    signMetadata(new Snapshot({ ...common, meta: { 'targets.json': nameOf(targets) } }), signers.snapshot),
  );
}

/** The timestamp also says when it was signed, so that a device with a wrong clock can judge expiry. */
export function signTimestamp(
  signers: RevisionSigners,
  version: number,
  snapshot: SignedFile,
  now: number,
): SignedFile {
  const unrecognizedFields = { [extensionField]: { time: tufTime(now) } };
  return file(version, now + lifetimes.timestamp, (common) =>
    signMetadata(
      new Timestamp({ ...common, snapshotMeta: nameOf(snapshot), unrecognizedFields }),
      signers.timestamp,
    ),
  );
}

interface CommonFields {
  readonly version: number;
  readonly specVersion: string;
  readonly expires: string;
}

function file(version: number, until: number, sign: (common: CommonFields) => Uint8Array): SignedFile {
  // Whole seconds, as the file states it: what is read back must not differ.
  const expires = until - (until % 1000);
  return { version, expires, bytes: sign({ version, specVersion, expires: tufTime(expires) }) };
}

function nameOf({ version, bytes }: SignedFile): MetaFile {
  return new MetaFile({ version, length: bytes.length, hashes: { sha256: digestHex(sha256(bytes)) } });
}
