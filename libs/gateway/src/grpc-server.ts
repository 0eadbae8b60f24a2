// SPDX-License-Identifier: Apache-2.0
import {
  Server,
  ServerCredentials,
  type ConnectionInjector,
  type ServerInterceptor,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { wireLimits } from '@fairlead/wire';
import type { TLSSocket } from 'node:tls';

/** A service on the devices' address; who may call it stands in the table of authorisation. */
export interface GatewayService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** Its full name, as the paths of its methods begin: `/fairlead.v1.AgentService/Connect`. */
export function serviceName({ definition }: GatewayService): string {
  return Object.values(definition)[0]?.path.split('/')[1] ?? '';
}

/** HTTP/2 pings: each connection is asked so often, and closed where no answer comes in time. Milliseconds. */
export interface Keepalive {
  readonly everyMs: number;
  readonly timeoutMs: number;
}

/** gRPC over connections that the gateway's own listener has accepted. */
export interface GrpcServer {
  start(): void;
  take(socket: TLSSocket): void;
  /** The connection from this `address:port`. */
  socketAt(address: string): TLSSocket | undefined;
  /** Lets each connection end what is open on it, and closes it; after the grace, in milliseconds, it is cut. Resolves when none is left. */
  drain(graceMs: number): Promise<void>;
  /** Closes at once. */
  stop(): void;
}

const options = {
  'grpc.max_receive_message_length': wireLimits.message,
  'grpc.max_send_message_length': wireLimits.message,
  'grpc.max_connection_idle_ms': 5 * 60_000,
  'grpc.max_concurrent_streams': 16,
  'grpc.enable_channelz': 0,
} as const;

export function createGrpcServer(
  interceptor: ServerInterceptor,
  services: readonly GatewayService[],
  keepalive: Keepalive,
): GrpcServer {
  const server = new Server({
    ...options,
    'grpc.keepalive_time_ms': keepalive.everyMs,
    'grpc.keepalive_timeout_ms': keepalive.timeoutMs,
    interceptors: [interceptor],
  });
  for (const { definition, implementation } of services) server.addService(definition, implementation);
  const sockets = new Map<string, TLSSocket>();
  let injector: ConnectionInjector | undefined;
  let onEmpty = (): void => undefined;
  return {
    start() {
      // Insecure as far as gRPC knows: the sockets have TLS already.
      injector = server.createConnectionInjector(ServerCredentials.createInsecure());
    },
    take(socket) {
      const address = `${socket.remoteAddress ?? ''}:${String(socket.remotePort ?? 0)}`;
      sockets.set(address, socket);
      socket.once('close', () => {
        if (sockets.get(address) === socket) sockets.delete(address);
        if (sockets.size === 0) onEmpty();
      });
      injector?.injectConnection(socket);
    },
    socketAt: (address) => sockets.get(address),
    drain: (graceMs) =>
      // Not by tryShutdown, which does not wait for a connection that has begun to close.
      new Promise((resolve) => {
        onEmpty = resolve;
        if (sockets.size === 0) resolve();
        else injector?.drain(graceMs);
      }),
    stop: () => {
      server.forceShutdown();
    },
  };
}
