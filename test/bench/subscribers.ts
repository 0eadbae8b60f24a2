// SPDX-License-Identifier: Apache-2.0
// One process of subscribers, of the gateway or of mosquitto: they take what comes and note when. Started by fanout.ts.
import { dial, openByteStream } from '@fairlead/simulator';
import { systemClock } from '@fairlead/testing';
import { agentService, encodeFromAgent, PROTOCOL } from '@fairlead/wire';
import { connect } from 'node:tls';
import { connectPacket, createPacketReader, subscribePacket } from './mqtt.ts';
import { fleet, readKeys, type BenchKeys } from './streams-parts.ts';
import type { FromSubscribers, ToSubscribers } from './subscribers-parts.ts';

const [role, keysFile, portText] = process.argv.slice(2);
const keys = await readKeys(keysFile ?? '');
const port = Number(portText);
/** Handshakes under way at once. */
const together = 64;

const arrivals: bigint[] = [];
let round = 0;
let wanted = 0;
let opened = 0;

function tell(message: FromSubscribers): void {
  process.send?.(message);
}

/** What each subscriber calls when a message is whole: once a round counts. */
function createArrival(): (bytes: number) => void {
  let seen = 0;
  return (bytes) => {
    if (seen === round) return;
    seen = round;
    arrivals.push(process.hrtime.bigint());
    if (arrivals.length !== wanted) return;
    const at = (share: number): string =>
      String(arrivals[Math.min(arrivals.length - 1, Math.floor(arrivals.length * share))]);
    tell({ kind: 'arrived', p50: at(0.5), p99: at(0.99), last: at(1), bytes });
  };
}

async function openGatewayDevice(device: BenchKeys['devices'][number]): Promise<void> {
  const identity = {
    device: device.id,
    instance: device.id,
    key: device.key,
    certificate: device.certificate,
  };
  const anchor = { fleet, root: Buffer.alloc(0), ca: [keys.ca] };
  const socket = await dial({ host: '127.0.0.1', port }, identity, anchor, new AbortController().signal);
  const arrival = createArrival();
  await new Promise<void>((resolve) => {
    let greetings = 0;
    const stream = openByteStream(socket, agentService.connect.path, 'localhost', systemClock, {
      onMessage(message) {
        greetings += 1;
        // Welcome and the first offer.
        if (greetings === 2) resolve();
        else if (greetings > 2) arrival(message.length);
      },
      onEnd(why) {
        throw new Error(`${device.id}: ${why}`);
      },
    });
    stream.send(helloOf(device.id));
  });
}

function helloOf(id: string): Buffer {
  const none = Buffer.alloc(0);
  return encodeFromAgent({
    kind: 'hello',
    agentVersion: '1.0.0',
    protocol: PROTOCOL,
    bootId: 'bench',
    architecture: 'x64',
    targetFormats: [1],
    capabilities: ['jobs'],
    held: { root: 1, timestamp: 0, snapshot: 0, targets: 0, counter: 0 },
    revision: null,
    target: null,
    receipts: { instance: id, seq: 0, hash: null },
    deviceTime: Date.now(),
    runId: id,
    timestampFile: none,
    snapshotFile: none,
  });
}

function openMqttDevice({ id, key, certificate }: BenchKeys['devices'][number]): Promise<void> {
  const arrival = createArrival();
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      ca: keys.ca,
      key,
      cert: certificate,
      minVersion: 'TLSv1.3',
      checkServerIdentity: () => undefined,
    });
    socket.once('error', reject);
    socket.once('close', () => {
      reject(new Error(`${id}: the broker closed the connection`));
    });
    socket.once('secureConnect', () => {
      socket.setNoDelay(true);
      socket.write(connectPacket(id));
    });
    socket.on(
      'data',
      createPacketReader((packet) => {
        if (packet.kind === 'connack') socket.write(subscribePacket());
        else if (packet.kind === 'suback') resolve();
        else if (packet.kind === 'publish') arrival(packet.bytes);
      }),
    );
  });
}

async function openUpTo(count: number): Promise<void> {
  const begun = performance.now();
  const from = opened;
  const work = async (): Promise<void> => {
    for (
      let device = keys.devices[opened];
      opened < count && device !== undefined;
      device = keys.devices[opened]
    ) {
      opened += 1;
      await (role === 'gateway' ? openGatewayDevice(device) : openMqttDevice(device));
    }
  };
  await Promise.all(Array.from({ length: together }, work));
  tell({ kind: 'opened', perSecond: Math.round(((opened - from) / (performance.now() - begun)) * 1000) });
}

process.on('message', (message: ToSubscribers) => {
  switch (message.kind) {
    case 'open':
      void openUpTo(message.count);
      break;
    case 'round':
      round += 1;
      wanted = opened;
      arrivals.length = 0;
      tell({ kind: 'ready' });
      break;
  }
});
process.on('disconnect', () => {
  process.exit();
});
tell({ kind: 'ready' });
