// SPDX-License-Identifier: Apache-2.0
// What open mTLS streams cost the gateway: memory for each, beside bare mTLS sockets of the same Node; and the time of one revision to
// all of them, its shared part encoded once, beside one that is encoded for each. Figures on stdout, one JSON object.
import { PROTOCOL, encodeFromAgent } from '@fairlead/wire';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { writeKeys, type BenchKeys, type FromServerSide, type ToServerSide } from './streams-parts.ts';

const steps = [2_000, 5_000] as const;
const fanOutStreams = 2_000;
const rounds = 5;
/** Connections before the first measurement, so that what is made once (compiled code, pools, V8's young generation) counts for none. */
const warmUp = 1_000;
/** Handshakes under way at once. */
const together = 50;

interface ServerSide {
  readonly port: number;
  ask<K extends FromServerSide['kind']>(
    message: ToServerSide,
    kind: K,
  ): Promise<Extract<FromServerSide, { kind: K }>>;
  end(): Promise<void>;
}

async function startServerSide(role: 'gateway' | 'bare', keysFile: string): Promise<ServerSide> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'streams-server.ts'), [role, keysFile], {
    execArgv: [...process.execArgv, '--expose-gc'],
  });
  const next = async <K extends FromServerSide['kind']>(kind: K) => {
    const [message] = (await once(child, 'message')) as [FromServerSide];
    if (message.kind !== kind) throw new Error(`${message.kind} instead of ${kind}`);
    return message as Extract<FromServerSide, { kind: K }>;
  };
  const { port } = await next('listening');
  return {
    port,
    ask(message, kind) {
      const answer = next(kind);
      child.send(message);
      return answer;
    },
    async end() {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}

function dial(port: number, keys: BenchKeys, n: number, protocols: readonly string[]): Promise<TLSSocket> {
  const device = keys.devices[n];
  return new Promise((resolve, reject) => {
    const socket = connectTls(
      {
        host: '127.0.0.1',
        port,
        ca: keys.ca,
        key: device?.key,
        cert: device?.certificate,
        ALPNProtocols: [...protocols],
        checkServerIdentity: () => undefined,
      },
      () => {
        resolve(socket);
      },
    );
    socket.once('error', reject);
  });
}

/** Calls `open` for each number from `from` to `to`, a few at a time. */
async function openAll(from: number, to: number, open: (n: number) => Promise<void>): Promise<void> {
  let next = from;
  const worker = async (): Promise<void> => {
    while (next < to) {
      const mine = next;
      next += 1;
      await open(mine);
    }
  };
  await Promise.all(Array.from({ length: together }, worker));
}

/** A device as gRPC has it on the wire, without a library: what is measured is the other side. */
interface BareStream {
  readonly session: ClientHttp2Session;
  /** Messages that came. */
  received(): number;
  /** When the last of them came, in nanoseconds. */
  lastAt(): bigint;
}

async function openStream(port: number, keys: BenchKeys, n: number): Promise<BareStream> {
  const socket = await dial(port, keys, n, ['h2']);
  const session = connectHttp2('https://fairlead-server', { createConnection: () => socket });
  session.on('error', () => undefined);
  const call = session.request(
    {
      ':method': 'POST',
      ':path': '/fairlead.v1.AgentService/Connect',
      'content-type': 'application/grpc',
      te: 'trailers',
    },
    { endStream: false },
  );
  call.on('error', () => undefined);
  let received = 0;
  let lastAt = 0n;
  let rest: Buffer = Buffer.alloc(0);
  const twoCame = new Promise<void>((resolve) => {
    call.on('data', (part: Buffer) => {
      rest = rest.length === 0 ? part : Buffer.concat([rest, part]);
      while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
        rest = rest.subarray(5 + rest.readUInt32BE(1));
        received += 1;
        lastAt = process.hrtime.bigint();
        if (received === 2) resolve();
      }
    });
  });
  const hello = encodeFromAgent({
    kind: 'hello',
    agentVersion: '1.0.0',
    protocol: PROTOCOL,
    bootId: String(n),
    architecture: 'x64',
    targetFormats: [1],
    capabilities: ['jobs'],
    held: { root: 1, timestamp: 0, snapshot: 0, targets: 0, counter: 0 },
    revision: null,
    target: null,
    receipts: { instance: String(n), seq: 0, hash: null },
    deviceTime: Date.now(),
    runId: String(n),
    timestampFile: Buffer.alloc(0),
    snapshotFile: Buffer.alloc(0),
  });
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(hello.length, 1);
  call.write(Buffer.concat([prefix, hello]));
  // Welcome and the first offer.
  await twoCame;
  return { session, received: () => received, lastAt: () => lastAt };
}

const kib = (bytes: number): number => Math.round((bytes / 1024) * 10) / 10;
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Memory for each connection at each of the steps, in bytes. */
async function measureMemory(
  server: ServerSide,
  open: (n: number) => Promise<void>,
): Promise<readonly number[]> {
  let opened = 0;
  const rssAt = async (connections: number): Promise<number> => {
    await openAll(opened, connections, open);
    opened = connections;
    await delay(1_000);
    const { rss, connected } = await server.ask({ kind: 'measure' }, 'measured');
    if (connected !== connections)
      throw new Error(`${String(connected)} of ${String(connections)} connected`);
    return rss;
  };
  const before = await rssAt(warmUp);
  const each: number[] = [];
  for (const step of steps) each.push(((await rssAt(step)) - before) / (step - warmUp));
  return each;
}

async function fanOut(server: ServerSide, streams: readonly BareStream[], shared: boolean) {
  const lastMs: number[] = [];
  const cpuMs: number[] = [];
  let encodings = 0;
  for (let round = 0; round < rounds; round += 1) {
    const before = streams.map((stream) => stream.received());
    await server.ask({ kind: 'prepare', shared }, 'prepared');
    await delay(500);
    const published = await server.ask({ kind: 'publish' }, 'published');
    while (streams.some((stream, n) => stream.received() === before[n])) await delay(20);
    const last = streams.reduce(
      (latest, stream) => (stream.lastAt() > latest ? stream.lastAt() : latest),
      0n,
    );
    lastMs.push(Number(last - BigInt(published.at)) / 1e6);
    cpuMs.push(published.cpuMs);
    encodings = published.encodings;
  }
  return { msToLast: Math.round(median(lastMs)), cpuMs: median(cpuMs), encodings };
}

const dir = await mkdtemp(join(tmpdir(), 'fairlead-bench-streams-'));
try {
  const keysFile = join(dir, 'keys.json');
  const keys = await writeKeys(keysFile, Math.max(...steps));

  const bare = await startServerSide('bare', keysFile);
  const sockets: TLSSocket[] = [];
  const perSocket = await measureMemory(bare, async (n) => {
    sockets.push(await dial(bare.port, keys, n, []));
  });
  for (const socket of sockets) socket.destroy();
  await bare.end();

  const gateway = await startServerSide('gateway', keysFile);
  const streams: BareStream[] = [];
  const perStream = await measureMemory(gateway, async (n) => {
    streams.push(await openStream(gateway.port, keys, n));
  });
  for (const { session } of streams.splice(fanOutStreams)) session.destroy();
  await delay(1_000);
  const once = await fanOut(gateway, streams, true);
  const each = await fanOut(gateway, streams, false);
  for (const { session } of streams) session.destroy();
  await gateway.end();

  console.log(
    JSON.stringify({
      benchmark: 'streams',
      node: process.version,
      memory: steps.map((step, n) => ({
        connections: step,
        streamKiB: kib(perStream[n] ?? 0),
        bareSocketKiB: kib(perSocket[n] ?? 0),
        ratio: Math.round(((perStream[n] ?? 0) / (perSocket[n] ?? 1)) * 100) / 100,
      })),
      fanOut: { streams: fanOutStreams, rounds, encodedOnce: once, encodedForEach: each },
      bar: { memoryRatio: 1.8 },
    }),
  );
} finally {
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}
