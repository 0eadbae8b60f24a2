// SPDX-License-Identifier: Apache-2.0
// What both sides of the benchmark of streams know: keys, and what they tell each other.
import { digestFromHex, type Digest } from '@fairlead/base';
import { createAuthorityKeys, openAuthority, type KeyPair } from '@fairlead/identity/authority';
import { createCsr, createDeviceKey } from '@fairlead/identity/device';
import { readFile, writeFile } from 'node:fs/promises';

export const fleet: Digest = digestFromHex('f1'.repeat(32));

export interface BenchKeys {
  readonly ca: string;
  readonly server: KeyPair;
  /** In byte order of their ids. */
  readonly devices: readonly (KeyPair & { readonly id: string })[];
}

export type ToServerSide =
  | { readonly kind: 'measure' }
  /** Makes a revision that changes every device: to one target state for all, or to one for each. */
  | { readonly kind: 'prepare'; readonly shared: boolean }
  | { readonly kind: 'publish' };

export type FromServerSide =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'prepared' }
  | { readonly kind: 'measured'; readonly rss: number; readonly connected: number }
  /** `at`: when it began, in nanoseconds of the system's monotonic clock. */
  | { readonly kind: 'published'; readonly at: string; readonly encodings: number; readonly cpuMs: number };

/** Certificates for so many devices, over one key: what is measured is sockets, not keys. */
export async function writeKeys(path: string, count: number): Promise<BenchKeys> {
  const now = Date.now();
  const authority = openAuthority(await createAuthorityKeys(now));
  const [serverKey, key] = [createDeviceKey(), createDeviceKey()];
  const { certificate } = await authority.issueServer({ key: serverKey, fleet, names: ['localhost'], now });
  const csr = createCsr(key, 'bench');
  const devices: (KeyPair & { readonly id: string })[] = [];
  for (let n = 0; n < count; n += 1) {
    const id = `0b9e1c5a-0000-4000-8000-${String(n).padStart(12, '0')}`;
    const issued = await authority.issueDevice({ csr, fleet, device: id, now });
    if (!issued.ok) throw new Error(issued.error);
    devices.push({ id, key, certificate: issued.value.certificate });
  }
  const keys: BenchKeys = { ca: authority.certificate, server: { key: serverKey, certificate }, devices };
  await writeFile(path, JSON.stringify(keys), { mode: 0o600 });
  return keys;
}

export async function readKeys(path: string): Promise<BenchKeys> {
  return JSON.parse(await readFile(path, 'utf8')) as BenchKeys;
}
