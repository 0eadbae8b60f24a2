// SPDX-License-Identifier: Apache-2.0
import { sha256, type Digest } from '@fairlead/base';
import { X509Certificate } from 'node:crypto';
import type { LogRecord } from './record.ts';

/** A device has one key at a time; these are the certificates for the newest one. */
export interface DeviceCertificates {
  /** The newest, PEM. */
  readonly certificate: string;
  readonly fingerprint: Digest;
  /** When that was handed out, RFC 3339 UTC. */
  readonly at: string;
  /** Who let the device in: `token <id>`, `operator <name>`. */
  readonly approvedBy: string;
  /** Of every certificate for this key, oldest first. */
  readonly fingerprints: readonly Digest[];
  /** Null: they count. */
  readonly revoked: { readonly at: string; readonly by: string } | null;
}

/** What was handed out, and what of it counts no more. */
export interface CertificateBook {
  /** By device id. */
  readonly devices: Map<string, DeviceCertificates>;
  /** Fingerprints of certificates that count no more: revoked, or for a key that another has replaced. */
  readonly revoked: Set<Digest>;
  /** Keys of those, as the SHA-256 of their SubjectPublicKeyInfo (DER): no certificate is made for them again. */
  readonly revokedKeys: Set<Digest>;
  apply(record: Extract<LogRecord, { kind: 'enrolled' | 'renewed' | 'revoked' }>): void;
}

export function createCertificateBook(): CertificateBook {
  const devices = new Map<string, DeviceCertificates>();
  const revoked = new Set<Digest>();
  const revokedKeys = new Set<Digest>();
  const withdraw = ({ certificate, fingerprints }: DeviceCertificates): void => {
    for (const fingerprint of fingerprints) revoked.add(fingerprint);
    const key = keyOf(certificate);
    if (key !== undefined) revokedKeys.add(key);
  };
  return {
    devices,
    revoked,
    revokedKeys,
    apply(record) {
      const { device, at, fingerprint } = record;
      const known = devices.get(device);
      switch (record.kind) {
        case 'enrolled': {
          const { certificate, approvedBy } = record;
          const goesOn = known?.revoked === null && haveSameKey(known.certificate, certificate);
          if (known !== undefined && !goesOn) withdraw(known);
          const before = goesOn ? known.fingerprints : [];
          const fingerprints = [...before, fingerprint];
          devices.set(device, { certificate, fingerprint, at, approvedBy, fingerprints, revoked: null });
          return;
        }
        case 'renewed':
          // For the same key, always.
          if (known?.fingerprints.includes(record.previous) !== true) return;
          devices.set(device, {
            ...known,
            certificate: record.certificate,
            fingerprint,
            at,
            fingerprints: [...known.fingerprints, fingerprint],
          });
          if (known.revoked !== null) revoked.add(fingerprint);
          return;
        case 'revoked':
          revoked.add(fingerprint);
          if (known?.fingerprints.includes(fingerprint) !== true) return;
          withdraw(known);
          devices.set(device, { ...known, revoked: { at, by: record.by } });
          return;
      }
    },
  };
}

function haveSameKey(a: string, b: string): boolean {
  const key = keyOf(a);
  return key !== undefined && key === keyOf(b);
}

/** Undefined for a text that is no certificate. */
function keyOf(certificate: string): Digest | undefined {
  try {
    return sha256(new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' }));
  } catch {
    return undefined;
  }
}
