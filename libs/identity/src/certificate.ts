// SPDX-License-Identifier: Apache-2.0
import { err, ok, sha256, type Digest, type Result } from '@fairlead/base';
import type { KeyObject, X509Certificate } from 'node:crypto';
import { certificateIdentity, type Identity } from './identity.ts';

/** SHA-256 of the certificate (DER): how the root and the log name one. */
export function certificateFingerprint(certificate: X509Certificate): Digest {
  return sha256(certificate.raw);
}

/** SHA-256 of a public key (SubjectPublicKeyInfo, DER): what people compare before they let a device in. */
export function keyFingerprint(publicKey: KeyObject): Digest {
  return sha256(publicKey.export({ type: 'spki', format: 'der' }));
}

export interface VerifiedIdentity {
  readonly identity: Identity;
  /** Milliseconds since 1970. */
  readonly expires: number;
  readonly expired: boolean;
}

/**
 * Who a certificate speaks for, its signature checked by us: for places where TLS cannot be asked, such as renewal with an expired
 * certificate, where Node says CERT_HAS_EXPIRED for a stranger's too. What expiry means is for the caller to say.
 */
export function verifyIdentity(
  certificate: X509Certificate,
  context: { readonly authorities: readonly X509Certificate[]; readonly fleet: Digest; readonly now: number },
): Result<VerifiedIdentity, string> {
  const issuer = context.authorities.find(
    (ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey),
  );
  if (issuer === undefined || certificate.ca)
    return err('the certificate was not issued by an authority of this fleet');
  const identity = certificateIdentity(certificate);
  if (!identity.ok) return identity;
  if (identity.value.fleet !== context.fleet) return err('the certificate is of another fleet');
  const expires = certificate.validToDate.getTime();
  return ok({ identity: identity.value, expires, expired: expires <= context.now });
}
