// SPDX-License-Identifier: Apache-2.0
import { digestFromHex, sha256, type Digest } from '@fairlead/base';
import { createAuthorityKeys, openAuthority, type KeyPair } from '@fairlead/identity/authority';
import { createCsr, createDeviceKey } from '@fairlead/identity/device';
import { createMerkleTree, leafBytes, leafHash } from '@fairlead/trust/verify';
import type { PublishedDevice, Publication } from './publication.ts';

export const fleetId = digestFromHex('f1'.repeat(32));

/** The nth device id, in byte order. */
export function deviceId(n: number): string {
  return `0b9e1c5a-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

/** A CA with the certificates that tests need. */
export async function createTestAuthority(fleet: Digest = fleetId) {
  const now = Date.now();
  const caKeys = await createAuthorityKeys(now);
  const authority = openAuthority(caKeys);
  const pair = async (
    issue: (key: string) => Promise<{ readonly certificate: string }>,
  ): Promise<KeyPair> => {
    const key = createDeviceKey();
    const { certificate } = await issue(key);
    return { key, certificate };
  };
  return {
    ca: authority.certificate,
    server: () =>
      pair((key) => authority.issueServer({ key, fleet, names: ['localhost', '127.0.0.1'], now })),
    operator: (name: string) => pair((key) => authority.issueOperator({ key, fleet, name, now })),
    /** `at`: when it was issued, for 90 days. */
    device: (id: string, at = now) =>
      pair(async (key) => {
        const issued = await authority.issueDevice({ csr: createCsr(key, id), fleet, device: id, now: at });
        if (!issued.ok) throw new Error(issued.error);
        return issued.value;
      }),
  };
}

export type TestAuthority = Awaited<ReturnType<typeof createTestAuthority>>;

export interface PublicationOptions {
  /** Target state by device id; equal bytes are one target. */
  readonly bodies: Readonly<Record<string, string>>;
  /** Also the versions of all metadata. */
  readonly counter: number;
  readonly expires?: number;
  /** Of every target state. */
  readonly format?: number;
  readonly newestRoot?: number;
}

/** A revision over a real Merkle tree. The gateway passes metadata on unread, so that here it is any bytes. */
export function publicationOf(options: PublicationOptions): Publication {
  const { counter } = options;
  const states = new Map(Object.entries(options.bodies).map(([id, body]) => [id, Buffer.from(body)]));
  const ids = [...states.keys()].sort();
  const targetOf = (id: string): Digest => sha256(states.get(id) ?? '');
  const tree = createMerkleTree(ids.map((id) => leafHash(leafBytes(id, targetOf(id)))));
  const bodies = new Map([...states.values()].map((body) => [sha256(body), body]));
  const manifest = Buffer.from(JSON.stringify({ counter, root: Buffer.from(tree.root).toString('hex') }));
  const file = (name: string) => ({ version: counter, bytes: Buffer.from(`${name} ${counter}`) });
  const devices = new Map<string, PublishedDevice>(
    ids.map((id, index) => [
      id,
      { index, target: targetOf(id), format: options.format ?? 1, name: `device ${index}`, group: 'all' },
    ]),
  );
  return {
    revision: sha256(manifest),
    counter,
    commit: counter.toString(16).padStart(40, '0'),
    newestRoot: options.newestRoot ?? 1,
    manifest,
    targets: file('targets'),
    snapshot: file('snapshot'),
    timestamp: { ...file('timestamp'), expires: options.expires ?? Date.now() + 48 * 3_600_000 },
    devices,
    proof: (index) => tree.proof(index),
    body: (target) => bodies.get(target),
  };
}
