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
  startGitHttp,
  startProgram,
  systemClock,
  tempDir,
  type RunningProgram,
} from '@fairlead/testing';
import { rootIdentity, type Receipt } from '@fairlead/trust/verify';
import { createServer, type AddressInfo } from 'node:net';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createBalancer } from './balancer.fixture.ts';

export interface SceneOptions {
  readonly behaviour?: SimulatedFleetOptions['behaviour'];
  /** Servers over the one repository, that devices find behind one address. Default: one, without anything in front. */
  readonly replicas?: number;
  /** Uniform in [0, 1): which replica a connection goes to. */
  readonly random?: () => number;
  /** Where the servers find the repository: in its folder, or behind a real Git server. Default: its folder. */
  readonly access?: 'folder' | 'http';
  /** More flags for each server. */
  readonly serverFlags?: readonly string[];
}

/** A generated fleet with its servers as processes of their own, always at the same addresses, and its devices simulated in this one. */
export interface SimulatedScene {
  readonly repo: string;
  readonly keys: string;
  /** Where devices find their server, `host:port`. */
  readonly server: string;
  readonly devices: readonly string[];
  readonly fleet: SimulatedFleet;
  readonly events: readonly SimulatedEvent[];
  dataOf(replica: number): string;
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
  const dataOf = (replica: number): string => join(dir, `data-${String(replica)}`);
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
  const place = options.access === 'http' ? await serveOverHttp(repo) : repo;
  const events: SimulatedEvent[] = [];
  const server = `127.0.0.1:${String(balancer?.port ?? first)}`;
  const fleet = createSimulatedFleet(
    { server, anchor, devices: identities, behaviour },
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
    keys,
    server,
    devices,
    fleet,
    events,
    deploy,
    dataOf,
    async startServer(replica = 0) {
      const program = startProgram(
        process.execPath,
        [
          programs.server,
          ...['--repo', place, '--keys', keys, '--data', dataOf(replica), '--poll', '200ms'],
          ...[
            '--grpc',
            `127.0.0.1:${String(ports[replica])}`,
            '--http',
            '127.0.0.1:0',
            '--insecure-loopback',
            ...(options.serverFlags ?? []),
          ],
        ],
        { env: gitEnv },
      );
      await program.ready();
      return program;
    },
    log,
    receipts: async () => (await log()).flatMap((entry) => (entry.kind === 'receipt' ? [entry.receipt] : [])),
  };
}

/** The address of a repository that anyone may read and push to. */
async function serveOverHttp(repo: string): Promise<string> {
  const http = await startGitHttp({ root: dirname(repo) });
  onTestFinished(() => http.close());
  return http.url(`${basename(repo)}/.git`);
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
