// SPDX-License-Identifier: Apache-2.0
import { err, ok, sha256, type Digest, type Result } from '@fairlead/base';
import { checkCounter, checkFleet, checkLeaf, checkSizes } from './check-manifest.ts';
import type { HeldTrust } from './held-trust.ts';
import { limits } from './limits.ts';
import { checkLink, checkNamed, checkNamesNotOlder, checkNotOlder } from './links.ts';
import { parseManifest, revisionId, type Manifest } from './manifest.ts';
import { readMetadata, type MetadataFile } from './metadata.ts';
import { refusal, type TrustRefusal } from './refusal.ts';
import { checkSignatures } from './signatures.ts';
import { checkExpiry, clockRemarks, signedTime, type TrustRemark } from './trusted-time.ts';
import { walkRoots } from './verify-roots.ts';

/** What the server sent, as far as it had to: a role that is absent stands as it is held. */
export interface TrustUpdate {
  /** The versions that follow the one held, in order. */
  readonly roots?: readonly Uint8Array[];
  readonly timestamp?: Uint8Array;
  readonly snapshot?: Uint8Array;
  readonly targets?: Uint8Array;
  readonly manifest: Uint8Array;
  /** Place of this device's leaf, and its audit path from the leaf's sibling upwards. */
  readonly index: number;
  readonly proof: readonly Uint8Array[];
  /** Digest of the target state offered to this device. */
  readonly target: Digest;
}

export interface TrustContext {
  /** This device's own id, in lower case. */
  readonly device: string;
  /** The system's clock, in milliseconds since 1970. */
  readonly now: number;
  /** When this agent was built, in milliseconds since 1970: no earlier time is believed. */
  readonly buildTime: number;
}

export interface TrustVerdict {
  /** What to hold from now on, to be stored before anything else is done with the rest. */
  readonly held: HeldTrust;
  readonly manifest: Manifest;
  readonly revision: Digest;
  /** The time by which expiry was judged, in milliseconds since 1970. */
  readonly trustedTime: number;
  readonly remarks: readonly TrustRemark[];
}

export interface UpdateRefusal extends TrustRefusal {
  /** By the device's system clock, in milliseconds since 1970: tells whoever knows the time `freeze` from `clock-ahead`. */
  readonly deviceTime: number;
  /** What was accepted before the refusal, to be stored like any: roots and versions rise even where the rest is refused. */
  readonly held: HeldTrust;
}

/**
 * Decides whether a device takes an offer: the client workflow of the TUF specification, version 1.0, in its order, then what the
 * manifest adds. Each line names the attack that it is against, and its section there. Nothing is trusted before its line is passed.
 */
export function verifyUpdate(
  held: HeldTrust,
  update: TrustUpdate,
  context: TrustContext,
): Result<TrustVerdict, UpdateRefusal> {
  let kept = held;
  const refuse = (why: TrustRefusal): Result<never, UpdateRefusal> =>
    err({ ...why, deviceTime: context.now, held: kept });
  const clock = Math.max(context.now, context.buildTime);

  const walk = walkRoots(kept, update.roots ?? []); // 5.3.2 to 5.3.9, 5.3.11
  kept = walk.held;
  if (!walk.end.ok) return refuse(walk.end.error);
  const root = walk.end.value;
  const badRoot = checkExpiry(root, clock); // 5.3.10 freeze
  if (badRoot !== undefined) return refuse(badRoot);

  const readTimestamp = readOffered('timestamp', update.timestamp, kept.timestamp); // 5.4.1 endless data
  if (!readTimestamp.ok) return refuse(readTimestamp.error);
  const timestamp = readTimestamp.value;
  const time = Math.max(clock, signedTime(timestamp));
  const badTimestamp =
    checkSignatures(root, timestamp) ?? // 5.4.2 arbitrary software
    checkNotOlder(timestamp, kept.timestamp) ?? // 5.4.3.1 rollback
    checkNamesNotOlder(timestamp, 'snapshot', kept.snapshot) ?? // 5.4.3.2 rollback
    checkExpiry(timestamp, time) ?? // 5.4.4 freeze
    checkExpiry(root, time); // 5.3.10 again, now that a signed time is known
  if (badTimestamp !== undefined) return refuse(badTimestamp);
  kept = { ...kept, timestamp: timestamp.text }; // 5.4.5

  const readSnapshot = readOffered('snapshot', update.snapshot, kept.snapshot); // 5.5.1 endless data
  if (!readSnapshot.ok) return refuse(readSnapshot.error);
  const snapshot = readSnapshot.value;
  const badSnapshot =
    checkLink(timestamp, snapshot) ?? // 5.5.2, 5.5.4 mix and match
    checkSignatures(root, snapshot) ?? // 5.5.3 arbitrary software
    checkNotOlder(snapshot, kept.snapshot) ?? // one version, one content
    checkNamesNotOlder(snapshot, 'targets', kept.targets) ?? // 5.5.5 rollback
    checkExpiry(snapshot, time); // 5.5.6 freeze
  if (badSnapshot !== undefined) return refuse(badSnapshot);
  kept = { ...kept, snapshot: snapshot.text }; // 5.5.7

  const readTargets = readOffered('targets', update.targets, kept.targets); // 5.6.1 endless data
  if (!readTargets.ok) return refuse(readTargets.error);
  const targets = readTargets.value;
  const badTargets =
    checkLink(snapshot, targets) ?? // 5.6.2, 5.6.4 mix and match
    checkSignatures(root, targets) ?? // 5.6.3 arbitrary software
    checkNotOlder(targets, kept.targets) ?? // one version, one content
    checkExpiry(targets, time); // 5.6.5 freeze
  if (badTargets !== undefined) return refuse(badTargets);
  kept = { ...kept, targets: targets.text }; // 5.6.6

  const unnamed = checkSizes(update.manifest, update.proof) ?? checkNamed(targets, update.manifest); // 5.7 endless data, arbitrary software
  if (unnamed !== undefined) return refuse(unnamed);
  const readManifest = parseManifest(update.manifest);
  if (!readManifest.ok) return refuse(refusal('unsupported', `manifest: ${readManifest.error.join('; ')}`));
  const manifest = readManifest.value;
  const revision = revisionId(update.manifest);
  const badManifest =
    checkFleet(manifest, kept) ?? // signed for another fleet or branch
    checkCounter(manifest, revision, kept); // rollback and equivocation of revisions
  if (badManifest !== undefined) return refuse(badManifest);
  kept = { ...kept, branch: manifest.branch, manifest: Buffer.from(update.manifest).toString('utf8') };

  const badLeaf = checkLeaf(manifest, { ...update, device: context.device }); // another device's state
  if (badLeaf !== undefined) return refuse(badLeaf);
  return ok({
    held: kept,
    manifest,
    revision,
    trustedTime: time,
    remarks: clockRemarks(context.now, signedTime(timestamp)),
  });
}

/** Against a tampered target state: bytes that came by any way must have the digest that was verified. */
export function verifyTargetBytes(bytes: Uint8Array, digest: Digest): Result<void, TrustRefusal> {
  if (bytes.length > limits.target)
    return err(refusal('endless-data', `target state is larger than ${limits.target} bytes`));
  return sha256(bytes) === digest
    ? ok()
    : err(refusal('digest-mismatch', `target state does not have the digest ${digest}`));
}

/** What was sent, or else what is held. */
function readOffered<Role extends 'timestamp' | 'snapshot' | 'targets'>(
  role: Role,
  offered: Uint8Array | undefined,
  held: string | null,
): Result<MetadataFile<Role>, TrustRefusal> {
  const bytes = offered ?? (held === null ? undefined : Buffer.from(held, 'utf8'));
  return bytes === undefined
    ? err(refusal('unknown-target', `no ${role} was sent, and none is held`))
    : readMetadata(role, bytes);
}
