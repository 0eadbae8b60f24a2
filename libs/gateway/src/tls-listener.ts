// SPDX-License-Identifier: Apache-2.0
import type { Clock, Logger } from '@fairlead/base';
import { constants } from 'node:crypto';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer, type SecureContextOptions, type TLSSocket } from 'node:tls';
import { createHandshakeGate, type GateOptions } from './handshake-gate.ts';
import { createRateLimit } from './rate-limit.ts';

export interface ListenerOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly context: TlsContext;
  /** New connections a second, and how many at once after a pause; the rest wait, unread. */
  readonly acceptPerSecond: number;
  readonly acceptBurst: number;
  readonly handshakes: GateOptions;
  /** A connection that has not shaken hands after this long, in milliseconds, is closed. */
  readonly handshakeTimeoutMs: number;
  /** Open connections, those that wait included. */
  readonly maxConnections: number;
}

/** The server's own certificate and key, and the CAs whose certificates count; PEM. */
export interface TlsContext {
  readonly key: string;
  readonly cert: string;
  readonly ca: readonly string[];
}

export interface ListenerPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Sockets that chose HTTP/2, or HTTP/1.1 (also without ALPN). A certificate is asked for; whether it counts is `authorized`. */
  onHttp2(socket: TLSSocket): void;
  onHttp1(socket: TLSSocket): void;
}

export interface TlsListener {
  /** Resolves when it listens. */
  start(signal: AbortSignal): Promise<void>;
  /** Takes no more connections; those that are open stay. */
  close(): void;
  /** Closes whatever is still open. */
  stop(): Promise<void>;
  address(): AddressInfo;
  /** For connections from now on. */
  setContext(context: TlsContext): void;
  counts(): {
    /** Connections that wait to be accepted. */
    readonly waiting: number;
    /** Connections that were closed because too many were open, since the start. */
    readonly turnedAway: number;
  };
  /** Cuts the connection from this address and port (`address:port`). */
  cut(peer: string): void;
}

/** Connections that the kernel holds until they are accepted. A fleet that comes back at once must fit. */
const backlog = 4096;

/** By ALPN, the better first; a connection that offers others alone is refused in its handshake. */
const spoken = ['h2', 'http/1.1'] as const;

/**
 * The gateway's own listener. Compared with one of grpc-js it has a backlog, an accept rate, no session tickets (which no agent
 * uses and which cost a third of the handshake), and a context that changes without a restart.
 */
export function createTlsListener(options: ListenerOptions, ports: ListenerPorts): TlsListener {
  const { clock, logger } = ports;
  const rate = createRateLimit(clock, options.acceptPerSecond, options.acceptBurst);
  const open = new Map<string, Socket>();
  const gate = createHandshakeGate(options.handshakes, rate, {
    clock,
    logger,
    begin: (socket) => {
      tls.emit('connection', socket);
    },
  });

  const tls = createTlsServer({
    ...secure(options.context),
    requestCert: true,
    rejectUnauthorized: false,
    // Not by a list: Node copies it for each connection into a piece of a pool, which stays as long as any of them.
    ALPNCallback: ({ protocols }) => spoken.find((name) => protocols.includes(name)),
    minVersion: 'TLSv1.3',
    handshakeTimeout: options.handshakeTimeoutMs,
  });
  const over = (socket: TLSSocket): void => {
    const tcpSocket = open.get(peerName(socket));
    if (tcpSocket !== undefined) gate.over(tcpSocket);
  };
  tls.on('secureConnection', (socket) => {
    over(socket);
    socket.setNoDelay(true);
    if (socket.alpnProtocol === 'h2') ports.onHttp2(socket);
    else ports.onHttp1(socket);
  });
  tls.on('tlsClientError', (error, socket) => {
    logger.debug('handshake failed', { peer: socket.remoteAddress, reason: error.message });
    socket.destroy();
  });

  // Paused, so that a connection which has to wait is not read before TLS is there to read it.
  const tcp = createTcpServer({ pauseOnConnect: true }, (socket) => {
    const peer = peerName(socket);
    open.set(peer, socket);
    socket.on('error', (error) => {
      logger.debug('connection failed', { peer, reason: error.message });
    });
    socket.once('close', () => {
      if (open.get(peer) === socket) open.delete(peer);
      gate.over(socket);
    });
    gate.come(socket);
  });
  tcp.maxConnections = options.maxConnections;
  let turnedAway = 0;
  tcp.on('drop', () => {
    turnedAway += 1;
  });

  return {
    start(signal) {
      gate.run(signal);
      return new Promise((resolve, reject) => {
        tcp.once('error', reject);
        tcp.listen({ host: options.host, port: options.port, backlog }, () => {
          tcp.off('error', reject);
          tcp.on('error', (error) => {
            logger.error('listener failed', { reason: error.message });
          });
          resolve();
        });
      });
    },
    close() {
      tcp.close();
      gate.close();
    },
    async stop() {
      const closed = new Promise<void>((resolve) => {
        if (tcp.listening)
          tcp.close(() => {
            resolve();
          });
        else resolve();
      });
      for (const socket of open.values()) socket.destroy();
      await closed;
    },
    address: () => tcp.address() as AddressInfo,
    setContext: (context) => {
      tls.setSecureContext(secure(context));
    },
    counts: () => ({ waiting: gate.waiting(), turnedAway }),
    cut: (peer) => open.get(peer)?.destroy(),
  };
}

function secure(context: TlsContext): SecureContextOptions {
  return {
    key: context.key,
    cert: context.cert,
    ca: [...context.ca],
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

function peerName(socket: Socket): string {
  return `${socket.remoteAddress ?? ''}:${String(socket.remotePort ?? 0)}`;
}
