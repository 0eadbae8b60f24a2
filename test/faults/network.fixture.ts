// SPDX-License-Identifier: Apache-2.0
import { startTime } from '@fairlead/fleet-example';
import { runOk, waitFor } from '@fairlead/testing';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { removeNamespaces, wireEnds, type WireSettings } from './wire-relay.fixture.ts';

const hasTools = ['ip', 'socat', 'nsenter'].every((tool) => spawnSync(tool, ['-V']).error === undefined);

/** Namespaces and devices of the network need root; the kernel's own netem is rarely there, so delay and loss are made by a relay. */
export const canMakeNetworks = process.getuid?.() === 0 && hasTools && existsSync('/dev/net/tun');

/** Two network namespaces of their own, one for servers and one for devices, joined by one wire that a test may spoil. */
export interface TestNetwork {
  /** The servers' address, on a network that exists nowhere else. */
  readonly address: string;
  /** Commands that start a program on either side. */
  readonly servers: readonly string[];
  readonly devices: readonly string[];
  /** How the wire is from now on; `{}`: as good as new. */
  setWire(settings: WireSettings): void;
  /** Takes the devices' address away, as pulling the cable does, or gives it back: they notice at once, the servers never. */
  setPlugged(isPlugged: boolean): Promise<void>;
  /** With all that still runs in it. */
  remove(): Promise<void>;
}

const address = '10.111.0.1';
const devicesAddress = '10.111.0.2';
const relayFile = join(import.meta.dirname, 'wire-relay.fixture.ts');
let made = 0;

export async function createNetwork(): Promise<TestNetwork> {
  await removeLeftOvers();
  made += 1;
  const run = `fairlead-${String(process.pid)}-${await startTime(process.pid)}-${String(made)}`;
  const [servers, devices, wire] = [`${run}-servers`, `${run}-devices`, `${run}-wire`];
  const all = [servers, devices, wire];
  for (const name of all) await runOk('ip', ['netns', 'add', name]);
  const [relay, socats] = [await startRelay(wire, all), [] as ChildProcess[]];
  const remove = async (): Promise<void> => {
    removeNamespaces(all);
    await Promise.all([relay, ...socats].map(ended));
  };
  try {
    const ends = [
      { name: servers, device: 'servers0', address },
      { name: devices, device: 'devices0', address: devicesAddress },
    ];
    for (const [index, end] of ends.entries()) socats.push(await startEnd(wire, index, end));
  } catch (thrown) {
    await remove();
    throw thrown;
  }
  return {
    address,
    servers: inside(servers),
    devices: inside(devices),
    setWire: (settings) => relay.send(settings),
    async setPlugged(isPlugged) {
      // Not the device itself: socat ends with it.
      await ip(devices, 'address', isPlugged ? 'add' : 'del', `${devicesAddress}/24`, 'dev', 'devices0');
    },
    remove,
  };
}

/** `ip netns exec` would hide the control groups too; this changes the network alone. */
function inside(namespace: string): readonly string[] {
  return ['nsenter', `--net=/run/netns/${namespace}`];
}

function ip(namespace: string, ...args: readonly string[]): Promise<string> {
  return runOk('ip', ['-n', namespace, ...args]);
}

async function startRelay(wire: string, all: readonly string[]): Promise<ChildProcess> {
  await ip(wire, 'link', 'set', 'lo', 'up');
  const [enter = '', ...words] = inside(wire);
  // A group of its own: it outlives Ctrl-C, to clean up.
  const relay = spawn(enter, [...words, process.execPath, relayFile, ...all], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    detached: true,
  });
  await once(relay, 'message');
  return relay;
}

interface WireEnd {
  readonly name: string;
  readonly device: string;
  readonly address: string;
}

/** A TUN device, made where its packets go to the relay, then moved to where programs use it. */
async function startEnd(wire: string, index: number, end: WireEnd): Promise<ChildProcess> {
  const ports = wireEnds[index] ?? wireEnds[0];
  const [enter = '', ...words] = inside(wire);
  const tun = `TUN,tun-name=${end.device},iff-no-pi,tun-type=tun`;
  const udp = `UDP4:127.0.0.1:${String(ports.relay)},bind=127.0.0.1:${String(ports.socat)}`;
  const socat = spawn(enter, [...words, 'socat', tun, udp], { stdio: 'ignore', detached: true });
  await waitFor(() => ip(wire, 'link', 'show', end.device), { what: `the device ${end.device}` });
  await ip(wire, 'link', 'set', end.device, 'netns', end.name);
  await ip(end.name, 'link', 'set', 'lo', 'up');
  await ip(end.name, 'address', 'add', `${end.address}/24`, 'dev', end.device);
  await ip(end.name, 'link', 'set', end.device, 'up');
  return socat;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Namespaces of runs whose process is no more, and whose relay was killed with it. */
async function removeLeftOvers(): Promise<void> {
  const listed = (await runOk('ip', ['netns', 'list'])).split('\n').map((line) => line.split(' ')[0] ?? '');
  for (const name of listed) {
    const [, pid, start] = /^fairlead-(\d+)-(\d+)-\d+-/.exec(name) ?? [];
    if (pid !== undefined && (await startTime(Number(pid))) !== start) removeNamespaces([name]);
  }
}
