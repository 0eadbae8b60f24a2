// SPDX-License-Identifier: Apache-2.0
import type { handleBidiStreamingCall, handleUnaryCall } from '@grpc/grpc-js';
import { FairleadError, isAbort, type Clock, type Logger } from '@fairlead/base';
import { agentService, enrollmentService, healthService } from '@fairlead/wire';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { connectDevice } from './agent-service.ts';
import { authorise } from './authorisation.ts';
import { createCallers } from './callers.ts';
import { enrollDevice, renewDevice } from './enrollment-service.ts';
import { createFleetStreams } from './fleet-streams.ts';
import { createGrpcServer, serviceName, type GatewayService, type Keepalive } from './grpc-server.ts';
import { createHealthService } from './health-service.ts';
import { createOffers, type EncodingCounter, type Offers } from './offers.ts';
import type { Peer } from './peer.ts';
import type { EnrolmentPort, GatewayEvent, IdentitiesPort, ReceiptsPort } from './ports.ts';
import type { Publication } from './publication.ts';
import { createRateLimit } from './rate-limit.ts';
import { createStatusBook, type StatusBook } from './status-book.ts';
import { createTurnAway } from './turn-away.ts';
import { createTlsListener, type TlsContext } from './tls-listener.ts';

export interface GatewayOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly tls: TlsContext;
  /** New connections a second. Default 500: more than two cores can shake hands with. */
  readonly acceptPerSecond?: number;
  /** Enrolments and renewals a second, and at once. Default 20 and 200. */
  readonly enrollPerSecond?: number;
  readonly enrollBurst?: number;
  /** The same for devices without a token. Default 10 and 100. */
  readonly askPerSecond?: number;
  readonly askBurst?: number;
  /** Time for devices to take their goodbye when the gateway stops, in milliseconds; a millisecond more for each. Default 2 s. */
  readonly graceMs?: number;
  /** Default 60 s and 20 s. */
  readonly keepalive?: Keepalive;
  /** Open connections. Default 19,500. */
  readonly maxConnections?: number;
}

export interface GatewayPorts {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly identities: IdentitiesPort;
  readonly receipts: ReceiptsPort;
  readonly enrolment: EnrolmentPort;
  /** When a device was last heard of before this gateway started, in milliseconds since 1970; null: never. */
  seenBefore(device: string): number | null;
  readonly services: (book: StatusBook) => readonly GatewayService[];
  /** Takes connections that speak HTTP/1.1. */
  onHttp1(socket: TLSSocket): void;
  onEvent(event: GatewayEvent): void;
}

export interface Gateway {
  /** Resolves when it listens. */
  start(signal: AbortSignal): Promise<void>;
  /** Says goodbye to every device, and closes. */
  stop(): Promise<void>;
  address(): AddressInfo;
  /** Offers a recorded revision, or newer metadata of it. Resolves when every stream has been visited. */
  publish(publication: Publication): Promise<void>;
  /** Offers nothing more until the next publication. */
  withhold(): void;
  /** What was published last; undefined: nothing yet. */
  published(): Publication | undefined;
  /** For connections from now on: a new server certificate, or other CAs. */
  setTls(context: TlsContext): void;
  /** Ends all streams for a moment: where a CA counts no more, nobody stays by its certificate. */
  judgeAnew(): void;
  /** Ends the streams of certificates that were revoked, or have ended. It is done every few seconds anyway. */
  recheckIdentities(): void;
  /** Who speaks on a socket that `onHttp1` was given. */
  identify(socket: TLSSocket): Peer;
  readonly book: StatusBook;
  counts(): GatewayCounts;
}

export interface GatewayCounts {
  readonly connected: number;
  /** Connections that wait to be accepted. */
  readonly waiting: number;
  /** Connections that were closed because too many were open, since the start. */
  readonly turnedAway: number;
  /** Shared parts of offers encoded since the start. */
  readonly sharedEncodings: number;
}

const defaults = {
  acceptPerSecond: 500,
  enrollPerSecond: 20,
  enrollBurst: 200,
  askPerSecond: 10,
  askBurst: 100,
  graceMs: 2_000,
  keepalive: { everyMs: 60_000, timeoutMs: 20_000 },
  maxConnections: 19_500,
  handshakes: { places: 128, placeMs: 2_000 },
} as const;

export function createGateway(options: GatewayOptions, ports: GatewayPorts): Gateway {
  const { clock, logger, identities } = ports;
  const { book, writer } = createStatusBook(clock, (device) => ports.seenBefore(device));
  const encodings: EncodingCounter = { shared: 0 };
  const stopping = new AbortController();
  let offers: Offers | undefined;
  let isWithheld = false;

  const emit = (event: GatewayEvent): void => {
    ports.onEvent(event);
  };
  const streams = createFleetStreams({ clock, random: ports.random, identities, status: writer, emit });
  const acceptPerSecond = options.acceptPerSecond ?? defaults.acceptPerSecond;
  const listener = createTlsListener(
    {
      host: options.host,
      port: options.port,
      context: options.tls,
      acceptPerSecond,
      acceptBurst: acceptPerSecond,
      handshakeTimeoutMs: 30_000,
      handshakes: defaults.handshakes,
      maxConnections: options.maxConnections ?? defaults.maxConnections,
    },
    {
      clock,
      logger,
      onHttp2: (socket) => {
        grpc.take(socket);
      },
      onHttp1: (socket) => {
        ports.onHttp1(socket);
      },
    },
  );
  const callers = createCallers({
    clock,
    identities,
    ca: options.tls.ca,
    socketAt: (address) => grpc.socketAt(address),
  });
  const turnAway = createTurnAway(clock, ports.random);
  const agentPorts = {
    clock,
    logger,
    callers,
    turnAway,
    receipts: ports.receipts,
    status: writer,
    streams,
    offers: () => (isWithheld ? undefined : offers),
    emit,
    cut: (peer: string) => {
      listener.cut(peer);
    },
  };
  const enrollmentPorts = {
    enrolment: ports.enrolment,
    callers,
    turnAway,
    random: ports.random,
    logger,
    limit: createRateLimit(
      clock,
      options.enrollPerSecond ?? defaults.enrollPerSecond,
      options.enrollBurst ?? defaults.enrollBurst,
    ),
    strangers: createRateLimit(
      clock,
      options.askPerSecond ?? defaults.askPerSecond,
      options.askBurst ?? defaults.askBurst,
    ),
  };

  const connect: handleBidiStreamingCall<Buffer, Buffer> = (call) => {
    connectDevice(call, agentPorts);
  };
  const enroll: handleUnaryCall<Buffer, Buffer> = (call, answer) => {
    enrollDevice(call, answer, enrollmentPorts);
  };
  const renew: handleUnaryCall<Buffer, Buffer> = (call, answer) => {
    renewDevice(call, answer, enrollmentPorts);
  };
  const services: readonly GatewayService[] = [
    { definition: agentService, implementation: { connect } },
    { definition: enrollmentService, implementation: { enroll, renew } },
    ...ports.services(book),
  ];
  const health = createHealthService(services.map(serviceName));
  const grpc = createGrpcServer(
    authorise(callers),
    [...services, { definition: healthService, implementation: health.implementation }],
    options.keepalive ?? defaults.keepalive,
  );

  return {
    book,
    async start(signal) {
      grpc.start();
      const running = AbortSignal.any([signal, stopping.signal]);
      await listener.start(running);
      streams.run(running).catch((error: unknown) => {
        if (!isAbort(error))
          logger.error('streams are no longer looked after', { reason: FairleadError.from(error).message });
      });
    },
    async stop() {
      listener.close();
      const grace = new AbortController();
      const graceMs = (options.graceMs ?? defaults.graceMs) + streams.count();
      const late = clock.sleep(graceMs, grace.signal).catch(() => undefined);
      // The goodbyes first: a connection takes nothing new once it drains, and its streams must end to let it close.
      health.stop();
      const taken = streams.goodbye().then(() => grpc.drain(graceMs));
      await Promise.race([taken, late]);
      grace.abort();
      stopping.abort();
      grpc.stop();
      await listener.stop();
    },
    address: () => listener.address(),
    async publish(publication) {
      offers = createOffers(publication, encodings);
      isWithheld = false;
      writer.published(publication);
      await streams.published(offers);
    },
    withhold() {
      isWithheld = true;
    },
    published: () => offers?.publication,
    setTls: (context) => {
      listener.setContext(context);
      callers.setAuthorities(context.ca);
    },
    judgeAnew: () => {
      streams.judgeAnew();
    },
    recheckIdentities: () => {
      streams.recheckIdentities();
    },
    identify: (socket) => callers.ofSocket(socket),
    counts: () => ({
      connected: streams.count(),
      sharedEncodings: encodings.shared,
      ...listener.counts(),
    }),
  };
}
