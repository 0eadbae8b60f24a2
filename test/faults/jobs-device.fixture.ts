// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import type { EngineState, Outcome } from '@fairlead/engine';
import { processesIn } from '@fairlead/fleet-example';
import { targetDigest } from '@fairlead/target';
import { waitFor, workspaceRoot } from '@fairlead/testing';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Commit } from './job-commits.fixture.ts';
import type { FromAgent } from './jobs-agent.fixture.ts';

/** A device without a network but for its images: what the newest commit is, its agent is told whenever it runs. */
export interface JobsDevice {
  commit(commit: Commit): void;
  startAgent(): Promise<void>;
  /** At once, wherever it is at. */
  killAgent(): Promise<void>;
  isUp(): boolean;
  /** Waits until nothing is left to do about the newest commit. */
  rest(): Promise<void>;
  /** The same, where that commit is news to the device: how it ended. */
  answer(): Promise<Outcome>;
  /** What the agent holds open. */
  descriptors(): Promise<Readonly<Record<string, string>>>;
}

const program = join(import.meta.dirname, 'jobs-agent.fixture.ts');

export function createJobsDevice(dir: string): JobsDevice {
  const outcomes = new Map<number, Outcome>();
  let agent: ChildProcess | null = null;
  let state: EngineState | null = null;
  let newest: Commit | null = null;

  const submit = (): void => {
    if (newest === null) return;
    const { counter, state: units } = newest;
    const revision = sha256(`commit ${String(counter)}`);
    agent?.send({ revision, counter, target: targetDigest(units), state: units });
  };
  const isAtRest = (): boolean => {
    if (state === null || state.activity.kind !== 'idle' || state.desired?.counter !== newest?.counter)
      return false;
    return state.desired?.target === state.committed?.target || state.failed !== null;
  };
  const rest = async (): Promise<void> => {
    await waitFor(isAtRest, { what: `rest after commit ${String(newest?.counter)}` });
  };

  return {
    commit(commit) {
      newest = commit;
      submit();
    },
    isUp: () => agent !== null,
    async startAgent() {
      const started = fork(program, [dir], {
        execArgv: ['--conditions=@fairlead/source'],
        cwd: '/',
        // Agents are started by the dozen.
        env: { ...process.env, NODE_COMPILE_CACHE: join(workspaceRoot, 'tmp/compile-cache') },
      });
      const ready = Promise.withResolvers<undefined>();
      started.once('exit', () => {
        ready.reject(new Error('the agent ended before it was ready'));
      });
      started.on('message', (message: FromAgent) => {
        if (message.kind === 'ready') ready.resolve(undefined);
        else if (message.kind === 'status') state = message.state;
        else outcomes.set(message.outcome.counter, message.outcome);
      });
      await ready.promise;
      agent = started;
      submit();
    },
    async killAgent() {
      if (agent === null) return;
      const gone = once(agent, 'exit');
      agent.kill('SIGKILL');
      await gone;
      [agent, state] = [null, null];
    },
    rest,
    async answer() {
      await rest();
      return waitFor(() => outcomes.get(newest?.counter ?? 0), { what: 'an outcome' });
    },
    descriptors: () => descriptorsOf(String(agent?.pid)),
  };
}

/** What a process holds open, by number. */
export async function descriptorsOf(pid: string): Promise<Readonly<Record<string, string>>> {
  const folder = `/proc/${pid}/fd`;
  const links = (await readdir(folder).catch(() => [])).map(
    async (fd) => [fd, await readlink(join(folder, fd)).catch(() => '')] as const,
  );
  return Object.fromEntries((await Promise.all(links)).filter(([, link]) => link !== ''));
}

/** Everything that jobs of a device are, whoever its parent is now: pid, and `<unit> <version>` by what it was told. */
async function programsOf(dir: string): Promise<readonly (readonly [number, string])[]> {
  const found = (await processesIn(dir)).map(async (pid) => {
    const variables = (await readFile(`/proc/${String(pid)}/environ`, 'utf8').catch(() => '')).split('\0');
    const value = (name: string): string | undefined =>
      variables.find((variable) => variable.startsWith(`${name}=`))?.slice(name.length + 1);
    const [unit, version] = [value('UNIT'), value('VERSION')];
    return unit === undefined || version === undefined ? [] : [[pid, `${unit} ${version}`] as const];
  });
  return (await Promise.all(found)).flat();
}

/** How many processes of which version of which job run on a device. */
export async function runningIn(dir: string): Promise<Readonly<Record<string, number>>> {
  const programs = (await programsOf(dir)).map(([, program]) => program);
  return Object.fromEntries(
    [...Map.groupBy(programs, (name) => name)].map(([name, all]) => [name, all.length]),
  );
}

export async function pidsIn(dir: string): Promise<readonly number[]> {
  return (await programsOf(dir)).map(([pid]) => pid);
}
