// SPDX-License-Identifier: Apache-2.0
// The way of one revision (2 KiB that devices share, and each device's proof) to 1,000, 5,000 and 10,000 open mTLS streams until the
// last has it, beside mosquitto's of as many bytes to as many TLS subscribers; in turns, in one run. Figures on stdout, one JSON object.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild } from './child.ts';
import { startMosquitto, type Broker } from './mosquitto.ts';
import { connectPacket, publishPacket } from './mqtt.ts';
import { writeKeys, type BenchKeys, type FromServerSide, type ToServerSide } from './streams-parts.ts';
import type { FromSubscribers, ToSubscribers } from './subscribers-parts.ts';

const steps = (process.env['FAIRLEAD_BENCH_STREAMS'] ?? '1000,5000,10000').split(',').map(Number);
const rounds = 7;

/** Someone who sends one message to all subscribers; returns when it began, in nanoseconds. */
type Publish = () => Promise<bigint>;
type Subscribers = ReturnType<typeof startChild<ToSubscribers, FromSubscribers>>;

interface Round {
  readonly p50: number;
  readonly p99: number;
  readonly last: number;
  readonly bytes: number;
  /** Of the sending and of the receiving process, in milliseconds. */
  readonly senderCpu: number;
  readonly receiverCpu: number;
}

async function startSubscribers(
  role: 'gateway' | 'mqtt',
  keysFile: string,
  port: number,
): Promise<Subscribers> {
  const subscribers = startChild<ToSubscribers, FromSubscribers>('subscribers.ts', [
    role,
    keysFile,
    String(port),
  ]);
  await subscribers.next('ready');
  return subscribers;
}

async function runRound(sender: number, subscribers: Subscribers, publish: Publish): Promise<Round> {
  await subscribers.ask({ kind: 'round' }, 'ready');
  const arrived = subscribers.next('arrived');
  const before = await Promise.all([cpuMs(sender), cpuMs(subscribers.pid)]);
  const begun = await publish();
  const { p50, p99, last, bytes } = await arrived;
  const after = await Promise.all([cpuMs(sender), cpuMs(subscribers.pid)]);
  const since = (at: string): number => Number(BigInt(at) - begun) / 1e6;
  return {
    p50: since(p50),
    p99: since(p99),
    last: since(last),
    bytes,
    senderCpu: after[0] - before[0],
    receiverCpu: after[1] - before[1],
  };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function summary(of: readonly Round[]) {
  const lasts = of.map(({ last }) => Math.round(last));
  return {
    p50Ms: Math.round(median(of.map(({ p50 }) => p50))),
    p99Ms: Math.round(median(of.map(({ p99 }) => p99))),
    lastMs: median(lasts),
    lastMsOfEachRound: lasts,
    senderCpuMs: median(of.map(({ senderCpu }) => senderCpu)),
    receiverCpuMs: median(of.map(({ receiverCpu }) => receiverCpu)),
  };
}

/** Processor time of a process so far, in milliseconds; the kernel counts it in hundredths of a second. */
async function cpuMs(pid: number): Promise<number> {
  const text = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Resident memory of a process, in KiB. */
async function rssKib(pid: number): Promise<number> {
  const text = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0);
}

async function openPublisher({ port }: Broker, keys: BenchKeys): Promise<TLSSocket> {
  const [device] = keys.devices;
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: keys.ca,
    key: device?.key,
    cert: device?.certificate,
    checkServerIdentity: () => undefined,
  });
  await once(socket, 'secureConnect');
  socket.setNoDelay(true);
  socket.write(connectPacket('publisher'));
  await once(socket, 'data');
  return socket;
}

const dir = await mkdtemp(join(tmpdir(), 'fairlead-bench-fanout-'));
const ends: (() => Promise<unknown>)[] = [];
try {
  const keysFile = join(dir, 'keys.json');
  const keys = await writeKeys(keysFile, Math.max(...steps));
  const gateway = startChild<ToServerSide, FromServerSide>('streams-server.ts', ['gateway', keysFile]);
  ends.push(() => gateway.end());
  const { port } = await gateway.next('listening');
  const devices = await startSubscribers('gateway', keysFile, port);
  ends.push(() => devices.end());
  const broker = await startMosquitto(dir, keys);
  const others = broker && (await startSubscribers('mqtt', keysFile, broker.port));
  const publisher = broker && (await openPublisher(broker, keys));
  ends.push(async () => {
    publisher?.destroy();
    await others?.end();
    await broker?.end();
  });

  const figures: unknown[] = [];
  let atLargest: number | null = null;
  for (const streams of steps) {
    const connects = await devices.ask({ kind: 'open', count: streams }, 'opened');
    const otherConnects = await others?.ask({ kind: 'open', count: streams }, 'opened');
    await delay(2_000);
    const [ours, theirs]: [Round[], Round[]] = [[], []];
    for (let round = 0; round <= rounds; round += 1) {
      await gateway.ask({ kind: 'prepare', shared: true }, 'prepared');
      await delay(500);
      const mine = await runRound(gateway.pid, devices, async () => {
        const { at } = await gateway.ask({ kind: 'publish' }, 'published');
        return BigInt(at);
      });
      await delay(300);
      // The first warms up.
      if (round > 0) ours.push(mine);
      if (others === undefined || broker === undefined) continue;
      const packet = publishPacket(Buffer.alloc(mine.bytes, 'x'));
      const other = await runRound(broker.pid, others, async () => {
        const begun = process.hrtime.bigint();
        publisher?.write(packet);
        return begun;
      });
      await delay(300);
      if (round > 0) theirs.push(other);
    }
    const [fairlead, mosquitto] = [summary(ours), summary(theirs)];
    const ratio = theirs.length === 0 ? null : Math.round((fairlead.lastMs / mosquitto.lastMs) * 100) / 100;
    atLargest = ratio;
    figures.push({
      streams,
      bytes: ours[0]?.bytes,
      fairlead: {
        ...fairlead,
        connectsPerSecond: connects.perSecond,
        rssMiB: Math.round((await rssKib(gateway.pid)) / 1024),
      },
      mosquitto: broker && {
        ...mosquitto,
        connectsPerSecond: otherConnects?.perSecond,
        rssMiB: Math.round((await rssKib(broker.pid)) / 1024),
      },
      ratio,
    });
    process.stderr.write(`${JSON.stringify(figures.at(-1))}\n`);
  }
  console.log(
    JSON.stringify({
      benchmark: 'fanout',
      node: process.version,
      mosquitto: broker?.version ?? 'not installed',
      rounds,
      figures,
      bar: { streams: 10_000, ratio: 1 },
      held: Math.max(...steps) < 10_000 || atLargest === null ? null : atLargest <= 1,
    }),
  );
} finally {
  for (const end of ends.toReversed()) await end();
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}
