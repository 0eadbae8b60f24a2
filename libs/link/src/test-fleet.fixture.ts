// SPDX-License-Identifier: Apache-2.0
import { digestFromHex, sha256, type Digest } from '@fairlead/base';
import {
  createAuthorityKeys,
  createEnrolmentKey,
  createToken,
  openAuthority,
  type Authority,
} from '@fairlead/identity/authority';
import { formatToken } from '@fairlead/identity';
import { createDeviceKey } from '@fairlead/identity/device';
import { targetBytes, type JobUnit, type TargetState } from '@fairlead/target';
import {
  createEd25519Key,
  ed25519Signer,
  noVersions,
  signRevision,
  signRoot,
  type RecordedVersions,
} from '@fairlead/trust/sign';
import { createMerkleTree, leafBytes, leafHash, manifestBytes, revisionId } from '@fairlead/trust/verify';
import type { Offer, Refresh } from '@fairlead/wire';

export const alpha = '0b9e1c5a-0000-4000-8000-000000000001';
export const beta = '0b9e1c5a-0000-4000-8000-000000000002';
/** When the tests take place, in milliseconds since 1970: now, since TLS judges certificates by the clock of the machine. */
export const start = Date.now();
const year = 365 * 86_400_000;

/** A job that runs a program without image or configs. */
export function jobUnit(
  name: string,
  program: string,
  args: readonly string[],
  change: Partial<JobUnit> = {},
): JobUnit {
  return {
    domain: 'jobs',
    name,
    disabled: false,
    autostart: true,
    requires: [],
    program,
    args,
    env: {},
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
    ...change,
  };
}

/** A target state of one job; its text makes it another. */
function stateWith(text: string): TargetState {
  return { format: 1, units: [jobUnit('hello', '/bin/echo', [text])] };
}

export interface TestRevision {
  readonly revision: Digest;
  readonly counter: number;
  readonly versions: RecordedVersions;
  readonly target: Digest;
  readonly body: Uint8Array;
  offer(change?: Partial<Offer>): Offer;
  refresh(change?: Partial<Refresh>): Refresh;
}

export type TestFleet = Awaited<ReturnType<typeof createTestFleet>>;

/** A fleet of two devices with its own keys and CA, as a server would hold it. */
export async function createTestFleet(now = start) {
  const caKeys = await createAuthorityKeys(now);
  const authority: Authority = openAuthority(caKeys);
  const signer = () => ed25519Signer(createEd25519Key());
  const signers = { root: [signer()], timestamp: [signer()], snapshot: [signer()], targets: [signer()] };
  const role = (name: keyof typeof signers) => ({
    keys: signers[name].map((key) => key.publicKey),
    threshold: 1,
  });
  const roles = {
    root: role('root'),
    timestamp: role('timestamp'),
    snapshot: role('snapshot'),
    targets: role('targets'),
  };
  const rootOf = (version: number, ca: readonly Digest[] = [authority.fingerprint]): Uint8Array =>
    signRoot({ version, expires: now + 10 * year, roles, ca }, signers.root);
  const root = rootOf(1);
  const fleet = sha256(root);
  const enrolmentKey = createEnrolmentKey();

  const serverPair = async (by: Authority = authority, of: Digest = fleet) => {
    const key = createDeviceKey();
    return {
      key,
      certificate: (await by.issueServer({ key, fleet: of, names: ['127.0.0.1'], now })).certificate,
    };
  };

  const revision = (
    counter: number,
    content: string | TargetState,
    recorded: RecordedVersions = noVersions,
    body = targetBytes(typeof content === 'string' ? stateWith(content) : content),
  ): TestRevision => {
    const target = sha256(body);
    const leaves = [alpha, beta].map((device) =>
      leafHash(leafBytes(device, device === alpha ? target : sha256('beta'))),
    );
    const tree = createMerkleTree(leaves);
    const manifest = manifestBytes({
      format: 1,
      edition: 1,
      fleet,
      branch: 'main',
      commit: String(counter).padStart(40, '0'),
      tree: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
      time: '2026-06-01T00:00:00Z',
      counter,
      devices: leaves.length,
      root: digestFromHex(Buffer.from(tree.root).toString('hex')),
    });
    const signed = signRevision({ signers, recorded, manifest, now });
    const common = {
      timestamp: signed.timestamp.bytes,
      snapshot: signed.snapshot.bytes,
      targets: signed.targets.bytes,
      manifest,
      newestRoot: 1,
      target,
      index: 0,
      proof: tree.proof(0),
    };
    return {
      revision: revisionId(manifest),
      counter,
      versions: {
        targets: signed.targets.version,
        snapshot: signed.snapshot.version,
        timestamp: signed.timestamp.version,
      },
      target,
      body,
      offer: (change = {}) => ({ kind: 'offer', ...common, targetState: body, targetFormat: 1, ...change }),
      refresh: (change = {}) => ({ kind: 'refresh', ...common, ...change }),
    };
  };

  return {
    now,
    fleet,
    root,
    rootOf,
    authority,
    serverPair,
    revision,
    token: (device = alpha) =>
      formatToken(createToken({ enrolmentKey, fleet, device, expires: now + 86_400_000 })),
  };
}
