// SPDX-License-Identifier: Apache-2.0
export {
  createGateway,
  type Gateway,
  type GatewayCounts,
  type GatewayOptions,
  type GatewayPorts,
} from './gateway.ts';
export type { GatewayService, Keepalive } from './grpc-server.ts';
export type { Peer } from './peer.ts';
export type {
  EnrolmentPort,
  Failure,
  GatewayEvent,
  IdentitiesPort,
  ReceiptsPort,
  ReceivedReceipt,
} from './ports.ts';
export type { PublishedDevice, PublishedFile, Publication } from './publication.ts';
export type { StatusBook } from './status-book.ts';
export type { TlsContext } from './tls-listener.ts';
