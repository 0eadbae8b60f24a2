// SPDX-License-Identifier: Apache-2.0
import { digestFromHex, sha256, type Digest } from '@fairlead/base';
import {
  createMerkleTree,
  initialTrust,
  leafBytes,
  leafHash,
  manifestBytes,
  type HeldTrust,
  type Manifest,
  type RoleName,
  type TrustContext,
  type TrustUpdate,
} from './verify.ts';
import {
  createEd25519Key,
  ed25519Signer,
  noVersions,
  signRevision,
  signRoot,
  type Ed25519Signer,
  type RootContent,
  type SignedRevision,
} from './sign.ts';
import { signSnapshot, signTargets, signTimestamp } from './sign-revision.ts';

export const hour = 3_600_000;
export const day = 24 * hour;
/** The hour at which the tests take place, in milliseconds since 1970. */
export const start = Date.UTC(2026, 5, 1);

const devices = [
  '0b9e1c5a-0000-4000-8000-000000000001',
  '0b9e1c5a-0000-4000-8000-000000000002',
  '0b9e1c5a-0000-4000-8000-000000000003',
] as const;
export const [alpha, beta] = devices;

export type Signers = Readonly<Record<RoleName, readonly Ed25519Signer[]>>;

export const newSigner = (): Ed25519Signer => ed25519Signer(createEd25519Key());
export const newSigners = (): Signers => ({
  root: [newSigner()],
  timestamp: [newSigner()],
  snapshot: [newSigner()],
  targets: [newSigner()],
});

/** A signed root: every key of `signers`, one signature enough unless said otherwise. */
export function makeRoot(
  version: number,
  signers: Signers,
  change: Partial<RootContent> & {
    readonly thresholds?: Partial<Record<RoleName, number>>;
    readonly signedBy?: readonly Ed25519Signer[];
  } = {},
): Uint8Array {
  const { thresholds, signedBy, ...content } = change;
  const role = (name: RoleName) => ({
    keys: signers[name].map((signer) => signer.publicKey),
    threshold: thresholds?.[name] ?? 1,
  });
  const roles = {
    root: role('root'),
    timestamp: role('timestamp'),
    snapshot: role('snapshot'),
    targets: role('targets'),
  };
  return signRoot(
    { version, expires: start + 3650 * day, roles, ca: [sha256('a certificate')], ...content },
    signedBy ?? signers.root,
  );
}

/** One revision of a fleet: what was signed, and what each device is sent of it. */
export interface Revision {
  readonly manifest: Manifest;
  readonly manifestBytes: Uint8Array;
  readonly signed: SignedRevision;
  update(device: string, change?: Partial<TrustUpdate>): TrustUpdate;
}

export interface RevisionOptions {
  readonly counter?: number;
  readonly recorded?: SignedRevision;
  readonly now?: number;
  readonly signers?: Signers;
  readonly manifest?: Partial<Manifest>;
}

/** A fleet of three devices with its own keys; each revision gives every device another target state. */
export function createSignedFleet(
  change: Parameters<typeof makeRoot>[2] = {},
  signers: Signers = newSigners(),
) {
  const root = makeRoot(1, signers, change);
  const fleet = sha256(root);
  const targetOf = (device: string, counter: number): Digest => sha256(`${device} at ${counter}`);

  function revision({
    counter = 1,
    recorded,
    now = start,
    signers: by = signers,
    manifest: other = {},
  }: RevisionOptions = {}): Revision {
    const tree = createMerkleTree(
      devices.map((device) => leafHash(leafBytes(device, targetOf(device, counter)))),
    );
    const manifest: Manifest = {
      format: 1,
      edition: 1,
      fleet,
      branch: 'main',
      commit: String(counter).padStart(40, '0'),
      tree: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
      time: '2026-06-01T00:00:00Z',
      counter,
      devices: devices.length,
      root: digestFromHex(Buffer.from(tree.root).toString('hex')),
      ...other,
    };
    const bytes = manifestBytes(manifest);
    const versions = recorded === undefined ? noVersions : versionsOf(recorded);
    const signed = signRevision({ signers: by, recorded: versions, manifest: bytes, now });
    return {
      manifest,
      manifestBytes: bytes,
      signed,
      update: (device, part = {}) => {
        const index = devices.findIndex((id) => id === device);
        return {
          timestamp: signed.timestamp.bytes,
          snapshot: signed.snapshot.bytes,
          targets: signed.targets.bytes,
          manifest: bytes,
          index,
          proof: tree.proof(index),
          target: targetOf(device, counter),
          ...part,
        };
      },
    };
  }
  return { root, fleet, signers, targetOf, revision, held: (): HeldTrust => initialTrust(root) };
}

/** The metadata of a revision with each file signed at its own time. */
export function signedAt(
  signers: Signers,
  { manifestBytes: manifest }: Revision,
  times: Readonly<Record<'targets' | 'snapshot' | 'timestamp', number>>,
) {
  const targets = signTargets(signers.targets, 2, manifest, times.targets);
  const snapshot = signSnapshot(signers, 2, targets, times.snapshot);
  const timestamp = signTimestamp(signers, 2, snapshot, times.timestamp);
  return { targets: targets.bytes, snapshot: snapshot.bytes, timestamp: timestamp.bytes };
}

export function versionsOf(signed: SignedRevision) {
  return {
    targets: signed.targets.version,
    snapshot: signed.snapshot.version,
    timestamp: signed.timestamp.version,
  };
}

/** What the device `alpha` knows of time: its own clock, right unless said otherwise. */
export function at(now: number, change: Partial<TrustContext> = {}): TrustContext {
  return { device: alpha, now, buildTime: start - 30 * day, ...change };
}
