// SPDX-License-Identifier: Apache-2.0
import { certificateFingerprint, certificateIdentity } from '@fairlead/identity';
import type { Digest } from '@fairlead/base';
import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { IdentitiesPort } from './ports.ts';

/** Who is at the other end of a connection. */
export type Peer =
  /** No certificate, or none that counts: not of our CA, expired, of another fleet. */
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'revoked' }
  | { readonly kind: 'device'; readonly id: string; readonly fingerprint: Digest }
  | { readonly kind: 'operator'; readonly name: string; readonly fingerprint: Digest }
  | { readonly kind: 'server' };

const anonymous: Peer = { kind: 'anonymous' };

/** `der`: a certificate whose chain and validity TLS has verified; undefined: there was none. */
export function peerOf(der: Uint8Array | undefined, identities: IdentitiesPort): Peer {
  if (der === undefined) return anonymous;
  const certificate = new X509Certificate(der);
  const identity = certificateIdentity(certificate);
  if (!identity.ok || identity.value.fleet !== identities.fleet) return anonymous;
  const fingerprint = certificateFingerprint(certificate);
  if (identities.isRevoked(fingerprint)) return { kind: 'revoked' };
  switch (identity.value.kind) {
    case 'device':
      return { kind: 'device', id: identity.value.id, fingerprint };
    case 'operator':
      return { kind: 'operator', name: identity.value.name, fingerprint };
    case 'server':
      return { kind: 'server' };
  }
}

/** Certificates that TLS did not verify never count. */
export function peerOfSocket(socket: TLSSocket, identities: IdentitiesPort): Peer {
  return peerOf(socket.authorized ? socket.getPeerX509Certificate()?.raw : undefined, identities);
}
