// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Digest, type Result } from '@fairlead/base';
import { certificateFingerprint, keyFingerprint, parseTokenId, verifyIdentity } from '@fairlead/identity';
import type { LogRecord } from '@fairlead/log';
import type { TrustedRoot } from '@fairlead/trust/verify';
import { X509Certificate } from 'node:crypto';
import type { DeviceKeys } from './device-keys.ts';
import type { Findings, Place } from './finding.ts';

type CertificateRecord = LogRecord & {
  readonly kind: 'authority' | 'enrolled' | 'renewed' | 'revoked';
};

/** Judges who was let into the fleet, and keeps the keys of the devices. */
export interface CertificateJudge {
  /** `root`: the one in force. With `isJudged`, an earlier audit has looked at the record; with `isLate`, it was brought back late. */
  take(
    record: CertificateRecord,
    context: {
      readonly root: TrustedRoot;
      readonly place: Place;
      readonly isJudged: boolean;
      readonly isLate: boolean;
    },
  ): void;
  /** When all records are read: enrolments that stand before the record of their authority. */
  end(): void;
}

interface Waiting {
  readonly record: LogRecord & { readonly kind: 'enrolled' | 'renewed' };
  readonly certificate: X509Certificate;
  readonly root: TrustedRoot;
  readonly place: Place;
}

export function createCertificateJudge(
  fleet: Digest,
  keys: DeviceKeys,
  findings: Findings,
): CertificateJudge {
  const authorities = new Map<Digest, X509Certificate>();
  const tokens = new Set<string>();
  const fingerprints = new Set<Digest>();
  const waiting: Waiting[] = [];
  const invalid = (message: string, place: Place): void => {
    findings.error('certificate-invalid', message, place);
  };

  function judgeIssued({ record: { device, kind }, certificate, root, place }: Waiting): void {
    const named = root.ca.flatMap((fingerprint) => authorities.get(fingerprint) ?? []);
    const what = kind === 'renewed' ? 'renewed certificate' : 'certificate';
    const verified = verifyIdentity(certificate, { authorities: named, fleet, now: 0 });
    if (!verified.ok) {
      const known = `the log holds ${String(named.length)} of the ${String(root.ca.length)} authorities that the root in force names`;
      invalid(`${what} of ${device}: ${verified.error}; ${known}`, place);
      return;
    }
    const { identity } = verified.value;
    if (identity.kind !== 'device' || identity.id !== device)
      invalid(
        `${what} of ${device} is that of a ${identity.kind === 'device' ? `device ${identity.id}` : identity.kind}`,
        place,
      );
  }

  function judgeToken({ token, device, at }: LogRecord & { readonly kind: 'enrolled' }, place: Place): void {
    if (token === undefined) return;
    if (tokens.has(token)) findings.error('token-used', `token ${token} was used before`, place);
    const facts = parseTokenId(token);
    if (facts?.device !== device)
      findings.error('token-invalid', `token ${token} is not for device ${device}`, place);
    else if (facts.expires <= Date.parse(at))
      findings.error('token-expired', `token ${token} had expired when it was used`, place);
  }

  function issued(
    record: Waiting['record'],
    { root, place, isJudged, isLate }: Parameters<CertificateJudge['take']>[1],
  ): void {
    const { device, fingerprint, at } = record;
    const read = readCertificate(record.certificate);
    if (!read.ok) {
      invalid(`the certificate of ${device} cannot be read`, place);
      return;
    }
    const certificate = read.value;
    const before = keys.newest(device);
    if (!isJudged && fingerprints.has(fingerprint))
      findings.error('record-invalid', `the certificate ${fingerprint} was recorded before`, place);
    fingerprints.add(fingerprint);
    if (!isJudged) {
      waiting.push({ record, certificate, root, place });
      if (certificateFingerprint(certificate) !== fingerprint)
        invalid(`the certificate of ${device} is not the one that the record names`, place);
    }
    if (record.kind === 'enrolled') {
      if (!isJudged) judgeToken(record, place);
      if (record.token !== undefined) tokens.add(record.token);
      keys.enrol(device, certificate, fingerprint, { at, approvedBy: record.approvedBy, isLate });
      return;
    }
    if (!isJudged) {
      if (!keys.certificatesOf(device).has(record.previous))
        invalid(`${device} renewed a certificate that it did not have`, place);
      else if (before?.id !== keyFingerprint(certificate.publicKey))
        invalid(`${device} renewed its certificate for another key`, place);
      else if (before.withdrawn !== null)
        findings.error(
          'certificate-revoked',
          `${device} renewed its certificate after it ceased to count`,
          place,
        );
    }
    keys.renew(device, fingerprint);
  }

  return {
    take(record, context) {
      const { place, isJudged, root } = context;
      switch (record.kind) {
        case 'authority': {
          const read = readCertificate(record.certificate);
          if (!read.ok || certificateFingerprint(read.value) !== record.fingerprint)
            invalid('the certificate of an authority is not the one that the record names', place);
          else {
            if (!isJudged && !root.ca.includes(record.fingerprint))
              invalid(`the root in force does not name the authority ${record.fingerprint}`, place);
            authorities.set(record.fingerprint, read.value);
          }
          return;
        }
        case 'enrolled':
        case 'renewed':
          issued(record, context);
          return;
        case 'revoked':
          if (!isJudged && keys.newest(record.device) === undefined)
            findings.error('record-invalid', `${record.device} is revoked, but was never enrolled`, place);
          if (keys.certificatesOf(record.device).has(record.fingerprint))
            keys.revoke(record.device, record.at, record.by);
          return;
      }
    },
    end() {
      for (const entry of waiting) judgeIssued(entry);
    },
  };
}

/** A certificate for a P-256 key. Some that Node reads have a key that it cannot. */
function readCertificate(pem: string): Result<X509Certificate, string> {
  try {
    const certificate = new X509Certificate(pem);
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
    return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1'
      ? ok(certificate)
      : err('not for a P-256 key');
  } catch {
    return err('no certificate');
  }
}
