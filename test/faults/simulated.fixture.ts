// SPDX-License-Identifier: Apache-2.0
import { openRepository } from '@fairlead/git';
import { openAuthority } from '@fairlead/identity/authority';
import { readFleetLog } from '@fairlead/log';
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
  workspaceRoot,
  type RunningProgram,
} from '@fairlead/testing';
import { rootIdentity, type Receipt } from '@fairlead/trust/verify';
import { createServer, type AddressInfo } from 'node:net';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

const sourceOf = (app: string): readonly string[] => [
  '--conditions=@fairlead/source',
  join(workspaceRoot, 'apps', app, 'src/main.ts'),
];

/** A generated fleet with its server as a process of its own, always at the same address, and its devices simulated in this one. */
export interface SimulatedScene {
  readonly devices: readonly string[];
  readonly fleet: SimulatedFleet;
  readonly events: readonly SimulatedEvent[];
  startServer(): Promise<RunningProgram>;
  /** Commits another target state for every device. */
  deploy(version: string): Promise<void>;
  /** Every receipt in the log, as often as it stands there. */
  receipts(): Promise<readonly Receipt[]>;
}

export async function createSimulatedScene(
  count: number,
  behaviour: SimulatedFleetOptions['behaviour'] = {},
): Promise<SimulatedScene> {
  const dir = await tempDir('simulated');
  const [repo, keys] = [join(dir, 'repo'), join(dir, 'keys')];
  await git(dir, 'init', '-q', '-b', 'main', repo);
  await runOk(process.execPath, [...sourceOf('cli'), 'keys', 'init', '--dir', keys, '--repo', repo], {
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
  const port = await freePort();
  const events: SimulatedEvent[] = [];
  const fleet = createSimulatedFleet(
    { server: `127.0.0.1:${String(port)}`, anchor, devices: identities, behaviour },
    { clock: systemClock, random: Math.random, onEvent: (event) => events.push(event) },
  );
  onTestFinished(() => fleet.stop());
  return {
    devices,
    fleet,
    events,
    deploy,
    async startServer() {
      const server = startProgram(
        process.execPath,
        [
          ...sourceOf('server'),
          ...['--repo', repo, '--keys', keys, '--data', join(dir, 'data'), '--poll', '200ms'],
          ...['--grpc', `127.0.0.1:${String(port)}`, '--http', '127.0.0.1:0', '--insecure-loopback'],
        ],
        { env: gitEnv },
      );
      await server.ready();
      return server;
    },
    async receipts() {
      const opened = await openRepository(repo, { clock: systemClock });
      if (!opened.ok) throw new Error(opened.error.message);
      const entries = await readFleetLog(opened.value, 'main');
      if (!entries.ok) throw new Error(entries.error.message);
      return entries.value.flatMap((entry) => (entry.kind === 'receipt' ? [entry.receipt] : []));
    },
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
