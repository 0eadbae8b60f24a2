// SPDX-License-Identifier: Apache-2.0
import { digestFromHex, digestHex, sha256, type Code } from '@fairlead/base';
import { fastify, type FastifyReply } from 'fastify';
import { createServer, type Server } from 'node:http';
import { TLSSocket } from 'node:tls';
import { parseByteRange } from './byte-range.ts';
import {
  addCommonAnswers,
  fastifyLimits,
  httpLimits,
  idleMs,
  refuse,
  type HttpLimits,
} from './http-server.ts';
import type { DeviceDoorsPorts, HttpPeer } from './ports.ts';

/** HTTP/1.1 on the devices' address. It has no listener of its own: the gateway hands over the sockets. */
export interface DeviceDoors {
  start(): Promise<void>;
  stop(): Promise<void>;
  accept(socket: TLSSocket): void;
}

/** What `/v1/trust` gives at most; devices take no more, and fetch the roots that are left one by one. Bytes are those of the JSON. */
const trustLimits = { roots: 256, rootBytes: 3 * 2 ** 20 } as const;
const forever = 'public, max-age=31536000, immutable';

export function createDeviceDoors(ports: DeviceDoorsPorts, limits: HttpLimits = httpLimits): DeviceDoors {
  const http = createServer(limits);
  http.timeout = idleMs;
  const app = fastify({
    ...fastifyLimits,
    serverFactory(handler) {
      http.on('request', handler);
      return http;
    },
  });
  addCommonAnswers(app);

  const json = (reply: FastifyReply, bytes: Uint8Array | undefined, cache: string): FastifyReply =>
    bytes === undefined
      ? refuse(reply, 404, 'not-found')
      : reply.header('cache-control', cache).type('application/json').send(Buffer.from(bytes));

  app.get('/v1/trust', (_request, reply) =>
    reply
      .header('cache-control', 'no-cache')
      .send({ roots: firstRoots(ports.trust.roots()), ca: ports.trust.authorities() }),
  );
  app.get('/tuf/timestamp.json', (_request, reply) =>
    json(reply, ports.published()?.timestamp.bytes, 'no-cache'),
  );
  app.get<{ Params: { file: string } }>('/tuf/:file', (request, reply) =>
    json(reply, metadataFile(ports, request.params.file), forever),
  );
  app.get<{ Params: { file: string } }>('/tuf/targets/:file', (request, reply) => {
    const published = ports.published();
    const named =
      published !== undefined && request.params.file === `${digestHex(published.revision)}.manifest.json`;
    return json(reply, named ? published.manifest : undefined, forever);
  });
  app.get<{ Params: { digest: string } }>('/targets/:digest', (request, reply) => {
    const peer = request.raw.socket instanceof TLSSocket ? ports.identify(request.raw.socket) : undefined;
    if (peer?.kind !== 'device') return refuse(reply, 403, notAdmitted(peer));
    const body = ownTarget(ports, peer.id, request.params.digest);
    if (body === undefined) return refuse(reply, 404, 'target-unavailable');
    return sendRange(reply, body, request.headers.range, request.headers['if-range']);
  });

  return {
    async start() {
      await app.ready();
      // What starts Node's own watch over slow requests; this server never listens itself.
      http.emit('listening');
    },
    async stop() {
      http.closeAllConnections();
      await app.close();
      await close(http);
    },
    accept: (socket) => {
      http.emit('connection', socket);
    },
  };
}

/** From version 1 on, as many as fit. */
function firstRoots(roots: readonly string[]): readonly string[] {
  const first: string[] = [];
  let bytes = 0;
  for (const root of roots.slice(0, trustLimits.roots)) {
    bytes += Buffer.byteLength(JSON.stringify(root));
    if (bytes > trustLimits.rootBytes) break;
    first.push(root);
  }
  return first;
}

/** Consistent snapshots: of each role the newest version, by its number; of roots all. */
function metadataFile(ports: DeviceDoorsPorts, name: string): Uint8Array | undefined {
  const [, number, role] = /^([1-9]\d{0,8})\.(root|snapshot|targets)\.json$/.exec(name) ?? [];
  const version = Number(number);
  if (role === 'root') {
    const root = ports.trust.roots()[version - 1];
    return root === undefined ? undefined : Buffer.from(root, 'utf8');
  }
  const published = ports.published();
  const file =
    role === 'snapshot' ? published?.snapshot : role === 'targets' ? published?.targets : undefined;
  return file?.version === version ? file.bytes : undefined;
}

function notAdmitted(peer: HttpPeer | undefined): Code {
  if (peer?.kind === 'revoked') return 'certificate-revoked';
  return peer?.kind === 'expired' ? 'certificate-expired' : 'not-permitted';
}

/** No device is sent another's state: the digest must be that of its own target in the newest revision. */
function ownTarget(ports: DeviceDoorsPorts, device: string, hex: string): Uint8Array | undefined {
  if (!/^[0-9a-f]{64}$/.test(hex)) return undefined;
  const published = ports.published();
  const digest = digestFromHex(hex);
  return published?.devices.get(device)?.target === digest ? published.body(digest) : undefined;
}

function sendRange(
  reply: FastifyReply,
  body: Uint8Array,
  header: string | undefined,
  ifRange: string | string[] | undefined,
): FastifyReply {
  const etag = `"${digestHex(sha256(body))}"`;
  const range = parseByteRange(ifRange === undefined || ifRange === etag ? header : undefined, body.length);
  void reply
    .header('accept-ranges', 'bytes')
    .header('etag', etag)
    .header('cache-control', 'private, immutable')
    .type('application/json');
  switch (range.kind) {
    case 'all':
      return reply.send(Buffer.from(body));
    case 'outside':
      return reply
        .code(416)
        .header('content-range', `bytes */${String(body.length)}`)
        .send();
    case 'part':
      return reply
        .code(206)
        .header('content-range', `bytes ${String(range.first)}-${String(range.last)}/${String(body.length)}`)
        .send(Buffer.from(body.subarray(range.first, range.last + 1)));
  }
}

function close(server: Server): Promise<void> {
  // It answers with an error, since it never listened; what counts is that its watch over connections ends.
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
