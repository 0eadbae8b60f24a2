// SPDX-License-Identifier: Apache-2.0
import {
  askProgram,
  createDemoFleet,
  createReceiptReader,
  type DemoDevice,
  type DemoFleet,
  type DemoFleetOptions,
  type DemoServer,
  type ProgramFlags,
  type ProgramProcess,
  type ServerFlags,
} from '@fairlead/fleet-example';
import { runOk, waitFor } from '@fairlead/testing';
import type { Receipt } from '@fairlead/trust/verify';
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningConfig } from './jobs.fixture.ts';

export interface AgentStatus {
  readonly state: string;
  readonly code: string | null;
  readonly message: string;
  readonly revision: string | null;
  readonly desired: string | null;
  readonly connection: string;
  readonly units: readonly { readonly name: string; readonly condition: string; readonly reason: string }[];
}

export interface LabOptions extends Pick<DemoFleetOptions, 'host'> {
  /** Small disks of their own, by size: for the repository (`fleet`), for the data folder of the server. Needs root. */
  readonly disks?: Readonly<Partial<Record<'fleet' | 'server', string>>>;
  /** For every server, and every agent. */
  readonly server?: ProgramFlags;
  readonly agent?: ProgramFlags;
}

/** A fleet of three devices with jobs that a test chooses; server and agents are the programs as shipped. */
export interface Lab {
  readonly fleet: DemoFleet;
  /** The device that most tests look at. */
  readonly device: DemoDevice;
  readonly state: string;
  server(): DemoServer;
  startServer(options?: ServerFlags): Promise<DemoServer>;
  /** Resolves when the process is started; it joins the fleet where it has not yet. */
  startAgent(options?: ProgramFlags, device?: DemoDevice): Promise<ProgramProcess>;
  /** Commits what all devices shall run. The answer is the commit's counter, by which its receipts are known. */
  deploy(config: RunningConfig): Promise<number>;
  /** All receipts in Git, in the order of their chain, of one device. */
  receipts(device?: DemoDevice): Promise<readonly Receipt[]>;
  /** Waits for the receipt of that commit. */
  receipt(counter: number, device?: DemoDevice): Promise<Receipt>;
  status(device?: DemoDevice): Promise<AgentStatus>;
  /** Waits until the device says this of itself. */
  says(state: string, code?: string): Promise<AgentStatus>;
  /** Gives the device a small disk of its own for its state, before it has any. Needs root. */
  mountState(size: string): Promise<void>;
  /** Ends all programs and everything that they run, and removes every file. */
  remove(): Promise<void>;
}

/** Short waits: what a job does wrong in these tests it does at once. */
export const quickFlags = [
  '--health-window',
  '300ms',
  '--drift-interval',
  '1s',
  '--stop-grace',
  '2s',
] as const;

/** Nothing is committed and no program runs yet. */
export async function createLab(options: LabOptions = {}): Promise<Lab> {
  const { server: ofServers = {}, agent: ofAgents = {}, disks = {}, ...place } = options;
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'fairlead-faults-')));
  const mounts: string[] = [];
  const mount = async (path: string, size: string): Promise<void> => {
    await mkdir(path, { recursive: true });
    await runOk('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
    mounts.push(path);
  };
  for (const [name, size] of Object.entries(disks)) await mount(join(dir, name), size);
  const fleet = await createDemoFleet({ dir, ...place });
  await writeFleet(fleet);
  const [first] = fleet.devices;
  if (first === undefined) throw new Error('the example has no devices');
  const reader = createReceiptReader(fleet.repo);
  const seen: Receipt[] = [];
  let reading: Promise<unknown> = Promise.resolve();
  let running: DemoServer | undefined;
  let commits = 0;

  const lab: Lab = {
    fleet,
    device: first,
    state: fleet.stateOf(first),
    server() {
      if (running === undefined) throw new Error('the server was not started');
      return running;
    },
    async startServer({ flags = [], ...more } = {}) {
      const { flags: common = [], ...options } = ofServers;
      const all = ['--poll', '500ms', ...common, ...flags];
      running = await fleet.startServer({ ...options, ...more, flags: all });
      return running;
    },
    startAgent({ flags = [], ...more } = {}, device = first) {
      const { flags: common = [], ...options } = ofAgents;
      const all = [...quickFlags, ...common, ...flags];
      return fleet.startAgent(device, lab.server(), { ...options, ...more, flags: all });
    },
    async deploy(config) {
      commits += 1;
      await writeFile(
        join(fleet.repo, 'running/jobs.json'),
        JSON.stringify({ config: 'running', ...config }, null, 2),
      );
      await fleet.commit(`Commit ${String(commits)}`);
      return commits;
    },
    async receipts(device = first) {
      // One at a time: each receipt is told once.
      const fresh = reading.then(async () => seen.push(...(await reader.fresh())));
      reading = fresh.catch(() => undefined);
      await fresh;
      return seen.filter((receipt) => receipt.device === device.id).toSorted((a, b) => a.seq - b.seq);
    },
    receipt: (counter, device = first) =>
      waitFor(async () => (await lab.receipts(device)).find((receipt) => receipt.counter === counter), {
        what: `receipt of commit ${String(counter)} by ${device.name}`,
        everyMs: 50,
      }),
    status: async (device = first) =>
      (await askProgram('agent', ['status', '--state', fleet.stateOf(device)])) as AgentStatus,
    says: (state, code) =>
      waitFor(
        async () => {
          const status = await lab.status();
          return status.state === state && (code === undefined || status.code === code) && status;
        },
        { what: `the device saying ${state} ${code ?? ''}`, everyMs: 100 },
      ),
    mountState: (size) => mount(lab.state, size),
    async remove() {
      await fleet.stop();
      for (const path of mounts) await runOk('umount', ['-l', path]);
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return lab;
}

/** One group for all devices in place of the example's. */
async function writeFleet({ repo, devices }: DemoFleet): Promise<void> {
  for (const name of await readdir(join(repo, 'running'))) await rm(join(repo, 'running', name));
  const groups = { lab: { 'running-config': ['running/jobs.json'] } };
  await writeFile(
    join(repo, 'fleet.json'),
    JSON.stringify({ id: '3f1f6a0e-53c5-4d0c-9f3a-6b1a0c4e7d21', groups }),
  );
  const named = devices.map(({ id, name }) => [id, { name, group: 'lab' }]);
  await writeFile(join(repo, 'devices.json'), JSON.stringify(Object.fromEntries(named)));
}
