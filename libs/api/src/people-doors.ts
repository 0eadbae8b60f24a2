// SPDX-License-Identifier: Apache-2.0
import { fastify } from 'fastify';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { addHookDoor } from './hook-door.ts';
import { addCommonAnswers, fastifyLimits, httpLimits, idleMs } from './http-server.ts';
import type { PeopleDoorsPorts } from './ports.ts';

export interface PeopleDoorsOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** PEM; null: plain text, for a loopback address only, which the program sees to. */
  readonly tls: { readonly key: string; readonly cert: string } | null;
}

/** HTTPS for people, forges and what watches the server. */
export interface PeopleDoors {
  /** Resolves when it listens. */
  start(): Promise<void>;
  stop(): Promise<void>;
  address(): AddressInfo;
  /** For connections from now on. */
  setTls(tls: { readonly key: string; readonly cert: string }): void;
}

export function createPeopleDoors(options: PeopleDoorsOptions, ports: PeopleDoorsPorts): PeopleDoors {
  const secure =
    options.tls === null ? undefined : createHttps({ ...httpLimits, ...options.tls, minVersion: 'TLSv1.2' });
  const http = secure ?? createHttp(httpLimits);
  http.timeout = idleMs;
  const app = fastify({
    ...fastifyLimits,
    serverFactory(handler) {
      http.on('request', handler);
      return http;
    },
  });
  addCommonAnswers(app);

  app.addHook('onSend', async (_request, reply) => {
    void reply.header('cache-control', 'no-store');
  });
  app.get('/healthz', () => ({ ok: true }));
  app.get('/readyz', (_request, reply) => {
    const reasons = ports.notReady();
    return reply.code(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, reasons });
  });
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await ports.metrics();
    return reply.header('content-type', contentType).send(text);
  });

  addHookDoor(app, ports.hook);

  return {
    async start() {
      await app.ready();
      await listen(http, options);
    },
    async stop() {
      http.closeAllConnections();
      await app.close();
      await new Promise<void>((resolve) => {
        http.close(() => {
          resolve();
        });
      });
    },
    address: () => http.address() as AddressInfo,
    setTls: (tls) => secure?.setSecureContext(tls),
  };
}

function listen(server: Server, { host, port }: PeopleDoorsOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
