// SPDX-License-Identifier: Apache-2.0
import { certificateFingerprint, certificateIdentity, verifyIdentity } from '@fairlead/identity';
import type { Digest } from '@fairlead/base';
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { IdentitiesPort } from './ports.ts';

/** Who is at the other end of a connection. */
export type Peer =
  /** No certificate, or none that counts: not of our CA, of another fleet; of somebody else than a device, and ended. */
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'revoked' }
  | (DeviceCertificate & { readonly kind: 'device' })
  /** A device whose certificate is one of ours, but has ended. */
  | (DeviceCertificate & { readonly kind: 'expired' })
  | { readonly kind: 'operator'; readonly name: string; readonly fingerprint: Digest }
  | { readonly kind: 'server' };

interface DeviceCertificate {
  readonly id: string;
  readonly fingerprint: Digest;
  /** End of the certificate, milliseconds since 1970. */
  readonly expires: number;
}

export interface PeerContext {
  readonly identities: IdentitiesPort;
  /** The CAs that certificates may come from. */
  readonly authorities: readonly X509Certificate[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

const anonymous: Peer = { kind: 'anonymous' };

/**
 * Judges what the other side showed in the handshake, by which it also proved to hold the key. A certificate that TLS did not verify
 * counts only where all that is wrong with it is that it has ended: TLS says so of a stranger's too, so that the chain is checked here.
 */
export function peerOfSocket(socket: TLSSocket, { identities, authorities, now }: PeerContext): Peer {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return anonymous;
  const { fleet } = identities;
  if (!socket.authorized) {
    const verified = verifyIdentity(certificate, { authorities, fleet, now });
    if (!verified.ok || !verified.value.expired) return anonymous;
  }
  const identity = certificateIdentity(certificate);
  if (!identity.ok || identity.value.fleet !== fleet) return anonymous;
  const fingerprint = certificateFingerprint(certificate);
  if (identities.isRevoked(fingerprint)) return { kind: 'revoked' };
  const expires = certificate.validToDate.getTime();
  // A connection may outlive the certificate that it began with.
  const ended = expires <= now;
  switch (identity.value.kind) {
    case 'device':
      return { kind: ended ? 'expired' : 'device', id: identity.value.id, fingerprint, expires };
    case 'operator':
      return ended ? anonymous : { kind: 'operator', name: identity.value.name, fingerprint };
    case 'server':
      return ended ? anonymous : { kind: 'server' };
  }
}
