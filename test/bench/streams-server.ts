// SPDX-License-Identifier: Apache-2.0
// One side of the benchmark of streams: a gateway, or bare mTLS sockets of the same Node. Started by streams.ts.
import { ok, sha256, silentLogger, type Digest } from '@fairlead/base';
import { createGateway, type Publication } from '@fairlead/gateway';
import { systemClock } from '@fairlead/testing';
import { createMerkleTree, leafBytes, leafHash } from '@fairlead/trust/verify';
import { createServer, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { fleet, readKeys, type FromServerSide, type ToServerSide } from './streams-parts.ts';

const [role, keysFile] = process.argv.slice(2);
const { server, ca, devices } = await readKeys(keysFile ?? '');

const nobody = () => Promise.reject(new Error('nobody enrolls here'));

function tell(message: FromServerSide): void {
  process.send?.(message);
}

/** What is left after what can be collected is gone. */
function settledRss(): number {
  for (let n = 0; n < 3; n += 1) globalThis.gc?.();
  return process.memoryUsage.rss();
}

/** A revision of 2 KiB with target states of 1 KiB: one for all devices, or one for each. */
function publicationOf(counter: number, shared: boolean): Publication {
  const bodyOf = (n: number): Buffer =>
    Buffer.from(`${String(counter)} ${shared ? '' : String(n)}`.padEnd(1024, 'x'));
  const bodies = new Map<Digest, Buffer>();
  const targets = devices.map((_, n) => {
    const body = bodyOf(n);
    const digest = sha256(body);
    bodies.set(digest, body);
    return digest;
  });
  const targetOf = (n: number): Digest => targets[n] ?? sha256('');
  const tree = createMerkleTree(devices.map(({ id }, n) => leafHash(leafBytes(id, targetOf(n)))));
  const manifest = Buffer.from(`manifest ${String(counter)}`.padEnd(448));
  const file = (name: string) => ({
    version: counter,
    bytes: Buffer.from(`${name} ${String(counter)}`.padEnd(192)),
  });
  return {
    revision: sha256(manifest),
    counter,
    commit: '0'.repeat(40),
    newestRoot: 1,
    manifest,
    targets: file('targets'),
    snapshot: file('snapshot'),
    timestamp: { ...file('timestamp'), expires: Date.now() + 48 * 3_600_000 },
    devices: new Map(
      devices.map(({ id }, index) => [
        id,
        { index, target: targetOf(index), format: 1, name: '', group: 'all' },
      ]),
    ),
    proof: (index) => tree.proof(index),
    body: (target) => bodies.get(target),
  };
}

async function serveGateway(): Promise<void> {
  const gateway = createGateway(
    {
      host: '127.0.0.1',
      port: 0,
      tls: { key: server.key, cert: server.certificate, ca: [ca] },
      acceptPerSecond: 100_000,
    },
    {
      clock: systemClock,
      random: Math.random,
      logger: silentLogger,
      identities: { fleet, isRevoked: () => false, renewedUntil: () => undefined },
      receipts: { position: () => null, store: async () => ok() },
      enrolment: { enroll: nobody, ask: nobody, renew: nobody },
      seenBefore: () => null,
      services: () => [],
      onHttp1: (socket) => {
        socket.destroy();
      },
      onEvent: () => undefined,
    },
  );
  await gateway.start(new AbortController().signal);
  let counter = 1;
  let prepared = publicationOf(counter, true);
  await gateway.publish(prepared);
  process.on('message', (message: ToServerSide) => {
    if (message.kind === 'measure') {
      tell({ kind: 'measured', rss: settledRss(), connected: gateway.counts().connected });
      return;
    }
    if (message.kind === 'prepare') {
      counter += 1;
      prepared = publicationOf(counter, message.shared);
      tell({ kind: 'prepared' });
      return;
    }
    const before = {
      encodings: gateway.counts().sharedEncodings,
      cpu: process.cpuUsage(),
      at: process.hrtime.bigint(),
    };
    void gateway.publish(prepared).then(() => {
      tell({
        kind: 'published',
        at: String(before.at),
        encodings: gateway.counts().sharedEncodings - before.encodings,
        cpuMs: Math.round((process.cpuUsage(before.cpu).user + process.cpuUsage(before.cpu).system) / 1000),
      });
    });
  });
  tell({ kind: 'listening', port: gateway.address().port });
}

function serveBare(): void {
  const sockets = new Set<TLSSocket>();
  const tls = createServer({
    key: server.key,
    cert: server.certificate,
    ca,
    requestCert: true,
    minVersion: 'TLSv1.3',
  });
  tls.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.resume().on('error', () => undefined);
  });
  process.on('message', () => {
    tell({ kind: 'measured', rss: settledRss(), connected: sockets.size });
  });
  tls.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
    tell({ kind: 'listening', port: (tls.address() as AddressInfo).port });
  });
}

process.on('disconnect', () => {
  process.exit();
});
if (role === 'gateway') await serveGateway();
else serveBare();
