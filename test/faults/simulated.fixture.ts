// SPDX-License-Identifier: Apache-2.0
import { programs } from '@fairlead/fleet-example';
import { openRepository } from '@fairlead/git';
import { openAuthority } from '@fairlead/identity/authority';
import { readFleetLog, type LogEntry } from '@fairlead/log';
import {
  createSimulatedFleet,
  generatedFleet,
  issueIdentities,
  simulatedDeviceId,
  type SimulatedEvent,
  type SimulatedFleet,
  type SimulatedFleetOptions,
} from '@fairlead/simulator';
import {
  git,
  gitEnv,
  runOk,
  startProgram,
  systemClock,
  tempDir,
  type RunningProgram,
} from '@fairlead/testing';
import { rootIdentity, type Receipt } from '@fairlead/trust/verify';
import { createServer, type AddressInfo } from 'node:net';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createBalancer } from './balancer.fixture.ts';

export interface SceneOptions {
  readonly behaviour?: SimulatedFleetOptions['behaviour'];
  /** Servers over the one repository, that devices find behind one address. Default: one, without anything in front. */
  readonly replicas?: number;
  /** Uniform in [0, 1): which replica a connection goes to. */
  readonly random?: () => number;
  /** What a server is given as repository, where that is not the folder itself. */
  readonly place?: (repo: string) => Promise<readonly string[]>;
}

/** A generated fleet with its servers as processes of their own, always at the same addresses, and its devices simulated in this one. */
export interface SimulatedScene {
  readonly repo: string;
  readonly devices: readonly string[];
  readonly fleet: SimulatedFleet;
  readonly events: readonly SimulatedEvent[];
  /** One replica, counted from 0, with a data folder of its own. */
  startServer(replica?: number): Promise<RunningProgram>;
  /** Commits another target state for every device. */
  deploy(version: string): Promise<void>;
  /** Everything in the log, as often as it stands there. */
  log(): Promise<readonly LogEntry[]>;
  /** Every receipt in it. */
  receipts(): Promise<readonly Receipt[]>;
}

export async function createSimulatedScene(
  count: number,
  options: SceneOptions = {},
): Promise<SimulatedScene> {
  const { behaviour = {}, replicas = 1, random = Math.random } = options;
  const dir = await tempDir('simulated');
  const [repo, keys] = [join(dir, 'repo'), join(dir, 'keys')];
  await git(dir, 'init', '-q', '-b', 'main', repo);
  await runOk(process.execPath, [programs.cli, 'keys', 'init', '--dir', keys, '--repo', repo], {
    env: gitEnv,
  });
  const deploy = async (version: string): Promise<void> => {
    for (const [path, value] of Object.entries(generatedFleet(count, version))) {
      await mkdir(dirname(join(repo, path)), { recursive: true });
      await writeFile(join(repo, path), JSON.stringify(value));
    }
    await git(repo, 'add', '-A');
    await git(repo, 'commit', '-q', '-m', `Run ${version}`);
  };
  await deploy('first');

  const [root, caKey, ca] = await Promise.all([
    readFile(join(keys, 'root.json')),
    readFile(join(keys, 'ca.pem'), 'utf8'),
    readFile(join(keys, 'ca.crt'), 'utf8'),
  ]);
  const anchor = { fleet: rootIdentity(root), root, ca: [ca] };
  const devices = Array.from({ length: count }, (_, n) => simulatedDeviceId(n));
  const authority = openAuthority({ key: caKey, certificate: ca });
  const identities = await issueIdentities(authority, anchor, devices, systemClock.now());
  const ports = await Promise.all(Array.from({ length: replicas }, freePort));
  const [first = 0] = ports;
  const balancer = replicas === 1 ? undefined : await createBalancer(ports, random);
  onTestFinished(() => balancer?.close());
  const place = (await options.place?.(repo)) ?? ['--repo', repo];
  const events: SimulatedEvent[] = [];
  const fleet = createSimulatedFleet(
    { server: `127.0.0.1:${String(balancer?.port ?? first)}`, anchor, devices: identities, behaviour },
    { clock: systemClock, random: Math.random, onEvent: (event) => events.push(event) },
  );
  onTestFinished(() => fleet.stop());
  const log = async (): Promise<readonly LogEntry[]> => {
    const opened = await openRepository(repo, { clock: systemClock });
    if (!opened.ok) throw new Error(opened.error.message);
    const entries = await readFleetLog(opened.value, 'main');
    if (!entries.ok) throw new Error(entries.error.message);
    return entries.value;
  };
  return {
    repo,
    devices,
    fleet,
    events,
    deploy,
    async startServer(replica = 0) {
      const server = startProgram(
        process.execPath,
        [
          programs.server,
          ...[...place, '--keys', keys, '--data', join(dir, `data-${String(replica)}`), '--poll', '200ms'],
          ...[
            '--grpc',
            `127.0.0.1:${String(ports[replica])}`,
            '--http',
            '127.0.0.1:0',
            '--insecure-loopback',
          ],
        ],
        { env: gitEnv },
      );
      await server.ready();
      return server;
    },
    log,
    receipts: async () => (await log()).flatMap((entry) => (entry.kind === 'receipt' ? [entry.receipt] : [])),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => {
        resolve(port);
      });
    });
  });
}
