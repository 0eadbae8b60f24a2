// SPDX-License-Identifier: Apache-2.0
import {
  createDemoFleet,
  edit,
  runProgram,
  type Edit,
  type DemoDevice,
  type DemoFleet,
  type DemoServer,
  type ProgramFlags,
  type ProgramProcess,
} from '@fairlead/fleet-example';
import { git, waitFor } from '@fairlead/testing';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Fields = Readonly<Record<string, unknown>>;

export interface DeviceReport {
  readonly id: string;
  readonly state: string;
  readonly reason: string | null;
  readonly group: string;
}

/** The example fleet as it runs: server and three agents, each a process of its own. */
export interface RunningFleet extends DemoFleet {
  readonly server: () => DemoServer;
  readonly agents: ReadonlyMap<string, ProgramProcess>;
  /** Changes texts in files of the repository and commits with the real git; the commit's id. */
  change(message: string, edits: readonly Edit[]): Promise<string>;
  git(...args: readonly string[]): Promise<string>;
  /** The fleet's log as `fairlead log` gives it. */
  log(): Promise<readonly Fields[]>;
  note(commit: string): Promise<string>;
  status(): Promise<readonly DeviceReport[]>;
  /** Waits until the note on a commit says that nothing is pending any more. */
  settled(commit: string): Promise<string>;
  /** What a device says of itself. */
  ask(device: DemoDevice): Promise<Fields>;
  restartServer(): Promise<void>;
  restartAgent(device: DemoDevice): Promise<void>;
  remove(): Promise<void>;
}

export const quickFlags = ['--health-window', '500ms', '--drift-interval', '1s'] as const;

/** Other builds of the programs than those made here. */
export interface Builds {
  readonly server?: ProgramFlags;
  readonly agent?: ProgramFlags;
}

/** A fleet that has applied its first commit. */
export async function runFleet(builds: Builds = {}): Promise<RunningFleet> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'fairlead-e2e-')));
  const fleet = await createDemoFleet({ dir });
  const agents = new Map<string, ProgramProcess>();
  let server: DemoServer | undefined;
  const running: RunningFleet = {
    ...fleet,
    server: () => {
      if (server === undefined) throw new Error('the server is not started');
      return server;
    },
    agents,
    git: (...args) => git(fleet.repo, ...args),
    async change(message, edits) {
      await edit(fleet.repo, edits);
      await running.git('add', '-A');
      await running.git('commit', '-q', '-m', message);
      return (await running.git('rev-parse', 'HEAD')).trim();
    },
    async log() {
      const { stdout } = await runProgram('cli', ['log', '--repo', fleet.repo, '--output', 'json']);
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Fields);
    },
    note: (commit) => running.git('notes', '--ref=fairlead', 'show', commit).catch(() => ''),
    async status() {
      const answer = await runProgram('cli', [
        'status',
        '--server',
        running.server().grpc,
        '--identity',
        fleet.operator,
        '--output',
        'json',
      ]);
      return (JSON.parse(answer.stdout) as { devices: readonly DeviceReport[] }).devices;
    },
    settled: (commit) =>
      waitFor(
        async () => {
          const note = await running.note(commit);
          return note !== '' && !/[1-9]\d* pending/.test(note) && note;
        },
        { what: `a note without pending devices on ${commit}`, everyMs: 200 },
      ),
    async ask(device) {
      const answer = await runProgram('agent', [
        'status',
        '--state',
        fleet.stateOf(device),
        '--output',
        'json',
      ]);
      return JSON.parse(answer.stdout) as Fields;
    },
    async restartServer() {
      await server?.process.end('SIGTERM');
      server = await fleet.startServer(builds.server);
    },
    async restartAgent(device) {
      await agents.get(device.name)?.end('SIGTERM');
      const agent = await fleet.startAgent(device, running.server(), { ...builds.agent, flags: quickFlags });
      agents.set(device.name, agent);
      await agent.ready;
    },
    async remove() {
      await fleet.stop();
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    const first = await fleet.commit('The fleet begins');
    await running.restartServer();
    for (const device of fleet.devices) await running.restartAgent(device);
    await running.settled(first.id);
    return running;
  } catch (thrown) {
    await running.remove();
    throw thrown;
  }
}
