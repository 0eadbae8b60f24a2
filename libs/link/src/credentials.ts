// SPDX-License-Identifier: Apache-2.0
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SecureContextOptions } from 'node:tls';
import { FairleadError, isDigest, sha256, type Digest } from '@fairlead/base';
import { judgeServer } from '@fairlead/identity';
import { createDeviceKey } from '@fairlead/identity/device';
import * as v from 'valibot';
import { readIfThere, writeDurably } from './durable-file.ts';
import { readStored, writeStored } from './stored-json.ts';

/** Who this device is, and how it proves that. */
export interface Credentials {
  readonly device: string;
  readonly fleet: Digest;
  /** Made together with the key: tells a cloned or restored device from the one that it was. */
  readonly instance: string;
  /** P-256, PKCS#8 PEM. Never leaves the device. */
  readonly key: string;
  /** PEM; null: not enrolled yet. */
  readonly certificate: string | null;
  /** When the server wants the certificate renewed, milliseconds since 1970; null: it did not say. */
  readonly renewAt: number | null;
  /** PEM of each CA of the fleet. */
  readonly ca: readonly string[];
}

export interface CredentialStore {
  /** Null: this state folder has never met a fleet. */
  load(): Promise<Credentials | null>;
  /** What was loaded or saved last. */
  current(): Credentials | null;
  /** Makes key and instance where there are none. */
  begin(device: string, fleet: Digest, ca: readonly string[]): Promise<Credentials>;
  saveCertificate(certificate: string, renewAt: number | null): Promise<void>;
  /** The certificate is good for nothing any more; the key is. */
  dropCertificate(): Promise<void>;
  /** Neither certificate nor key are good any more: a new key, and with it a new instance. */
  rekey(): Promise<void>;
  saveCa(ca: readonly string[]): Promise<void>;
}

const schema = v.strictObject({
  format: v.literal(1),
  device: v.string(),
  fleet: v.custom<Digest>(isDigest, 'not a digest'),
  instance: v.string(),
});

const renewalSchema = v.strictObject({
  format: v.literal(1),
  /** SHA-256 of the text of the certificate that it is about. */
  certificate: v.custom<Digest>(isDigest, 'not a digest'),
  renewAt: v.number(),
});

/** A folder of PEM files, 0700, its files 0600. `newInstance`: from the system's secure random source. */
export function createCredentialStore(dir: string, newInstance: () => string): CredentialStore {
  const file = {
    identity: join(dir, 'identity.json'),
    key: join(dir, 'key.pem'),
    certificate: join(dir, 'cert.pem'),
    ca: join(dir, 'ca.pem'),
    renewal: join(dir, 'renewal.json'),
  };
  let current: Credentials | null = null;

  const keep = <T extends Credentials | null>(known: T): T => {
    current = known;
    return known;
  };

  const readRenewal = async (certificate: string | null): Promise<number | null> => {
    // Without it the certificate is renewed at another time, that is all.
    const renewal = await readStored(file.renewal, renewalSchema).catch(() => null);
    return certificate !== null && renewal?.certificate === sha256(certificate) ? renewal.renewAt : null;
  };

  const load = async (): Promise<Credentials | null> => {
    const identity = await readStored(file.identity, schema);
    const key = await readIfThere(file.key);
    if (identity === null || key === null) return keep(null);
    const certificate = (await readIfThere(file.certificate))?.toString('utf8') ?? null;
    const ca = splitPem((await readIfThere(file.ca))?.toString('utf8') ?? '');
    const { device, fleet, instance } = identity;
    const renewAt = await readRenewal(certificate);
    return keep({ device, fleet, instance, key: key.toString('utf8'), certificate, renewAt, ca });
  };

  return {
    load,
    current: () => current,
    async begin(device, fleet, ca) {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const known = await load();
      if (known !== null && (known.device !== device || known.fleet !== fleet)) {
        throw new FairleadError({
          code: 'misuse',
          message: `the state folder belongs to device ${known.device}, not to ${device} of this fleet`,
          hint: 'Give the device an empty state folder.',
        });
      }
      await writeDurably(file.ca, ca.join(''));
      if (known !== null) return keep({ ...known, ca });
      // The identity comes last: without it the key counts for nothing, and both are made anew.
      const instance = newInstance();
      const key = createDeviceKey();
      await writeDurably(file.key, key);
      await writeStored(file.identity, { format: 1, device, fleet, instance });
      return keep({ device, fleet, instance, key, certificate: null, renewAt: null, ca });
    },
    async saveCertificate(certificate, renewAt) {
      if (renewAt !== null)
        await writeStored(file.renewal, { format: 1, certificate: sha256(certificate), renewAt });
      await writeDurably(file.certificate, certificate);
      await load();
    },
    async dropCertificate() {
      await rm(file.certificate, { force: true });
      await load();
    },
    async rekey() {
      const known = await load();
      if (known === null) return;
      const { device, fleet } = known;
      // The key comes last: with the old one the device would only be told again that it needs another.
      await rm(file.certificate, { force: true });
      await writeStored(file.identity, { format: 1, device, fleet, instance: newInstance() });
      await writeDurably(file.key, createDeviceKey());
      await load();
    },
    async saveCa(ca) {
      await writeDurably(file.ca, ca.join(''));
      await load();
    },
  };
}

/** TLS towards the fleet's server: its CA alone counts, and it is judged by its identity. */
export function tlsOf(
  credentials: Credentials,
): SecureContextOptions & { readonly checkServerIdentity: ReturnType<typeof judgeServer> } {
  return {
    ca: [...credentials.ca],
    ...(credentials.certificate === null ? {} : { key: credentials.key, cert: credentials.certificate }),
    checkServerIdentity: judgeServer(credentials.fleet),
  };
}

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g;

/** The certificates in a file of several, each with its own frame. */
export function splitPem(text: string): readonly string[] {
  return text.match(pemBlock)?.map((block) => (block.endsWith('\n') ? block : `${block}\n`)) ?? [];
}
