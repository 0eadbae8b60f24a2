// SPDX-License-Identifier: Apache-2.0
import { digestFromHex, sha256, type Digest } from '@fairlead/base';
import type { Publication } from '@fairlead/gateway';
import { createAuthorityKeys, openAuthority, type KeyPair } from '@fairlead/identity/authority';
import { targetBytes, targetDigest, type JobUnit, type TargetState } from '@fairlead/target';
import {
  createEd25519Key,
  ed25519Signer,
  signRevision,
  signRoot,
  type Ed25519Signer,
  type RevisionSigners,
} from '@fairlead/trust/sign';
import { createMerkleTree, leafBytes, leafHash, manifestBytes } from '@fairlead/trust/verify';

export const [alpha, beta] = [
  '0b9e1c5a-0000-4000-8000-000000000001',
  '0b9e1c5a-0000-4000-8000-000000000002',
] as const;

const day = 86_400_000;

/** What whoever holds the keys of a fleet has. Targets need two signatures. */
export interface FleetKeys {
  /** Root version 1. */
  readonly root: Uint8Array;
  readonly fleet: Digest;
  readonly signers: RevisionSigners;
  readonly authorityKeys: KeyPair;
}

export const newSigner = (): Ed25519Signer => ed25519Signer(createEd25519Key());

export async function createFleetKeys(): Promise<FleetKeys> {
  const authorityKeys = await createAuthorityKeys(Date.now());
  const rootSigner = newSigner();
  const signers = { targets: [newSigner(), newSigner()], snapshot: [newSigner()], timestamp: [newSigner()] };
  const role = (by: readonly Ed25519Signer[]) => ({
    keys: by.map((signer) => signer.publicKey),
    threshold: by.length,
  });
  const roles = {
    root: role([rootSigner]),
    targets: role(signers.targets),
    snapshot: role(signers.snapshot),
    timestamp: role(signers.timestamp),
  };
  const ca = [openAuthority(authorityKeys).fingerprint];
  const root = signRoot({ version: 1, expires: Date.now() + 365 * day, roles, ca }, [rootSigner]);
  return { root, fleet: sha256(root), signers, authorityKeys };
}

export interface RevisionPlan {
  readonly counter: number;
  /** All metadata gets this version. */
  readonly version: number;
  /** What alpha runs; beta always runs something else. */
  readonly state: TargetState;
  /** Another device in alpha's place. */
  readonly device?: string;
  readonly signers?: RevisionSigners;
  /** When it is signed, in milliseconds since 1970. Default: now. */
  readonly now?: number;
  readonly commit?: string;
}

/** A revision whose every part is genuine, unless the plan says otherwise. */
export function publicationOf(keys: FleetKeys, plan: RevisionPlan): Publication {
  const { counter, version, state, now = Date.now() } = plan;
  const states: Readonly<Record<string, TargetState>> = {
    [plan.device ?? alpha]: state,
    [beta]: { format: 1, units: [idleUnit('beta', String(counter))] },
  };
  const ids = Object.keys(states).sort();
  const bodies = new Map(Object.values(states).map((one) => [targetDigest(one), targetBytes(one)]));
  const digests = Object.values(states).map(targetDigest);
  const tree = createMerkleTree(
    ids.map((id, index) => leafHash(leafBytes(id, digests[index] ?? sha256('')))),
  );
  const commit = plan.commit ?? counter.toString(16).padStart(40, '0');
  const manifest = manifestBytes({
    format: 1,
    edition: 1,
    fleet: keys.fleet,
    branch: 'main',
    commit,
    tree: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
    time: '2026-06-01T00:00:00Z',
    counter,
    devices: ids.length,
    root: digestFromHex(Buffer.from(tree.root).toString('hex')),
  });
  const recorded = { targets: version - 1, snapshot: version - 1, timestamp: version - 1 };
  const signed = signRevision({ signers: plan.signers ?? keys.signers, recorded, manifest, now });
  return {
    revision: sha256(manifest),
    counter,
    commit,
    newestRoot: 1,
    manifest,
    ...signed,
    devices: new Map(
      ids.map((id, index) => [
        id,
        { index, target: digests[index] ?? sha256(''), format: 1, name: id, group: 'all' },
      ]),
    ),
    proof: (index) => tree.proof(index),
    body: (target) => bodies.get(target),
  };
}

/** A job that does nothing, for ever; another version is another unit. */
export function idleUnit(name: string, version = '1'): JobUnit {
  return {
    domain: 'jobs',
    name,
    disabled: false,
    autostart: true,
    requires: [],
    program: 'sleep',
    args: ['1000000'],
    env: { VERSION: version },
    inheritEnv: false,
    originId: false,
    daemonize: false,
    dieWithAgent: false,
    stdin: { kind: 'none' },
    ready: { kind: 'started' },
    restart: { enabled: false, limit: 0, pauseMs: 0, onDependencyFail: false },
    stop: { graceMs: null },
    user: null,
    group: null,
    memoryLimit: null,
    chroot: { kind: 'none' },
    members: [{ name, image: null, configs: [], config: null, definition: null }],
  };
}
