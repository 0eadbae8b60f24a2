// SPDX-License-Identifier: Apache-2.0
import 'reflect-metadata'; // before @peculiar/x509
import { err, ok, sha256, type Digest, type Result } from '@fairlead/base';
import {
  Pkcs10CertificateRequest,
  PublicKey,
  X509Certificate,
  X509CertificateGenerator,
  type JsonGeneralName,
} from '@peculiar/x509';
import { createPrivateKey, createPublicKey, randomBytes, webcrypto } from 'node:crypto';
import { algorithm, caExtensions, leafExtensions, notBefore } from './authority-profile.ts';
import { createDeviceKey } from './device-key.ts';
import { formatIdentity, type Identity } from './identity.ts';

const day = 86_400_000;

/** How long certificates live, in milliseconds. Devices renew at two thirds; servers and operators are issued by hand. */
export const certificateLife = {
  ca: 20 * 365 * day,
  device: 90 * day,
  operator: 365 * day,
  server: 365 * day,
} as const;

/** Key and certificate, both PEM. */
export interface KeyPair {
  readonly key: string;
  readonly certificate: string;
}

export interface IssuedCertificate {
  readonly certificate: string;
  /** SHA-256 of the certificate (DER). */
  readonly fingerprint: Digest;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** Signs certificates of one fleet. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** What the root lists. */
  readonly fingerprint: Digest;
  /** The fingerprint of the key that a signing request (DER) is for, once its sender has proved to hold it. */
  keyOf(csr: Uint8Array): Promise<Result<Digest, string>>;
  /**
   * For whoever holds the key of this signing request (DER); the identity is ours to write, whatever the request says. `life`: in
   * milliseconds; 90 days where it is left out.
   */
  issueDevice(input: {
    readonly csr: Uint8Array;
    readonly fleet: Digest;
    readonly device: string;
    readonly now: number;
    readonly life?: number;
  }): Promise<Result<IssuedCertificate, string>>;
  /** `names`: DNS names and IP addresses, for tools that look for them; agents look at the identity. `key`: PEM. */
  issueServer(input: {
    readonly key: string;
    readonly fleet: Digest;
    readonly names: readonly string[];
    readonly now: number;
  }): Promise<IssuedCertificate>;
  issueOperator(input: {
    readonly key: string;
    readonly fleet: Digest;
    readonly name: string;
    readonly now: number;
  }): Promise<IssuedCertificate>;
}

/** A new CA, self-signed for 20 years. `now`: milliseconds since 1970. */
export async function createAuthorityKeys(now: number): Promise<KeyPair> {
  const key = createDeviceKey();
  const publicKey = publicKeyOf(key);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: caName,
    issuer: caName,
    notBefore,
    notAfter: wholeSeconds(now + certificateLife.ca),
    publicKey,
    signingKey: await signingKey(key),
    signingAlgorithm: algorithm,
    extensions: await caExtensions(publicKey),
  });
  return { key, certificate: pemOf(certificate) };
}

export function openAuthority(keys: KeyPair): Authority {
  const ca = new X509Certificate(keys.certificate);
  const issue = async (
    publicKey: PublicKey,
    identity: Identity,
    names: readonly JsonGeneralName[],
    expires: number,
  ): Promise<IssuedCertificate> => {
    const notAfter = wholeSeconds(Math.min(expires, ca.notAfter.getTime()));
    const certificate = await X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: [{ CN: [subjectOf(identity)] }],
      issuer: ca.subjectName,
      notBefore,
      notAfter,
      publicKey,
      signingKey: await signingKey(keys.key),
      signingAlgorithm: algorithm,
      extensions: await leafExtensions({
        publicKey,
        caPublicKey: ca.publicKey,
        usage: identity.kind === 'server' ? 'server' : 'client',
        names: [{ type: 'url', value: formatIdentity(identity) }, ...names],
      }),
    });
    return {
      certificate: pemOf(certificate),
      fingerprint: fingerprintOf(certificate),
      expires: notAfter.getTime(),
    };
  };
  return {
    certificate: keys.certificate,
    fingerprint: fingerprintOf(ca),
    async keyOf(csr) {
      const publicKey = await provenKey(csr);
      return publicKey.ok ? ok(sha256(new Uint8Array(publicKey.value.rawData))) : publicKey;
    },
    async issueDevice({ csr, fleet, device, now, life = certificateLife.device }) {
      const publicKey = await provenKey(csr);
      if (!publicKey.ok) return publicKey;
      return ok(await issue(publicKey.value, { kind: 'device', fleet, id: device }, [], now + life));
    },
    issueServer: ({ key, fleet, names, now }) =>
      issue(
        publicKeyOf(key),
        { kind: 'server', fleet },
        names.map(generalName),
        now + certificateLife.server,
      ),
    issueOperator: ({ key, fleet, name, now }) =>
      issue(publicKeyOf(key), { kind: 'operator', fleet, name }, [], now + certificateLife.operator),
  };
}

const caName = [{ CN: ['Fairlead fleet CA'] }];

function subjectOf(identity: Identity): string {
  switch (identity.kind) {
    case 'device':
      return identity.id;
    case 'operator':
      return identity.name;
    case 'server':
      return 'fairlead-server';
  }
}

/** The public key of a signing request whose sender holds the private one. */
async function provenKey(csr: Uint8Array): Promise<Result<PublicKey, string>> {
  try {
    const request = new Pkcs10CertificateRequest(Buffer.from(csr));
    const { name, namedCurve } = request.publicKey.algorithm as { name?: string; namedCurve?: string };
    if (name !== 'ECDSA' || namedCurve !== 'P-256') return err('the signing request is not for a P-256 key');
    if (!(await request.verify())) return err('the signing request is not signed by its own key');
    return ok(request.publicKey);
  } catch {
    return err('not a signing request');
  }
}

function generalName(name: string): JsonGeneralName {
  return { type: /^[0-9.]+$|:/.test(name) ? 'ip' : 'dns', value: name };
}

function publicKeyOf(key: string): PublicKey {
  return new PublicKey(createPublicKey(key).export({ type: 'spki', format: 'der' }));
}

function signingKey(key: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}

/** Positive, 16 bytes at random. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function fingerprintOf(certificate: X509Certificate): Digest {
  return sha256(new Uint8Array(certificate.rawData));
}

function pemOf(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trim()}\n`;
}

function wholeSeconds(ms: number): Date {
  return new Date(ms - (ms % 1000));
}
