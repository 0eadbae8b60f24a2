// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@fairlead/base';
import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { peerOfSocket, type Peer } from './peer.ts';
import type { IdentitiesPort } from './ports.ts';

/** What gRPC tells of the other end of a call: `address:port`. */
interface Call {
  getPeer(): string;
}

/** Tells who is at the other end of a connection, and of the calls on it. */
export interface Callers {
  ofSocket(socket: TLSSocket): Peer;
  of(call: Call): Peer;
  /** What the connection of this call showed in its handshake, whether it counts or not. */
  certificateOf(call: Call): X509Certificate | undefined;
  /** For CAs that change: PEM. */
  setAuthorities(ca: readonly string[]): void;
}

/** `socketAt`: the connection from this `address:port`; gRPC itself hides what it did not verify. */
export function createCallers(ports: {
  readonly clock: Clock;
  readonly identities: IdentitiesPort;
  readonly ca: readonly string[];
  socketAt(address: string): TLSSocket | undefined;
}): Callers {
  const read = (ca: readonly string[]) => ca.map((pem) => new X509Certificate(pem));
  let authorities = read(ports.ca);
  const ofSocket = (socket: TLSSocket): Peer =>
    peerOfSocket(socket, { identities: ports.identities, authorities, now: ports.clock.now() });
  return {
    ofSocket,
    of(call) {
      const socket = ports.socketAt(call.getPeer());
      return socket === undefined ? { kind: 'anonymous' } : ofSocket(socket);
    },
    certificateOf: (call) => ports.socketAt(call.getPeer())?.getPeerX509Certificate(),
    setAuthorities(ca) {
      authorities = read(ca);
    },
  };
}
