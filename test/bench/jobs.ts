// SPDX-License-Identifier: Apache-2.0
// A hundred jobs from nothing to running, a change of one of them, the restart of one that is killed, and what each costs in memory:
// server and agent as built, beside Debian's supervisor with the same programs. Figures on stdout, one JSON object; nothing is asserted.
import { askProgram, createDemoFleet, processesIn, type DemoDevice } from '@fairlead/fleet-example';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createMarks, namesOf, script, type MarkedJob, type Marks } from './job-marks.ts';
import { startSupervisor, supervisorVersion } from './supervisor.ts';

const jobs = 100;
const rounds = 5;
/** Until what is left of the start has been collected, in milliseconds. */
const settleMs = 10_000;

const names = namesOf(jobs);
const all = (word: string): readonly MarkedJob[] =>
  names.map((name, n) => ({ name, word: n === 42 ? word : 'same' }));
const [changed = ''] = names.slice(42);
const [killed = ''] = names.slice(7);

interface AgentStatus {
  readonly state: string;
  readonly revision: string | null;
  readonly desired: string | null;
}

/** What both are asked to do. */
interface Manager {
  readonly marks: Marks;
  /** Where the jobs and what stands beside them work. */
  readonly folder: string;
  /** Has these jobs run; may return before they do. */
  apply(jobs: readonly MarkedJob[]): Promise<void>;
  /** Until nothing is left to do that a next change would have to wait for. */
  rest(): Promise<void>;
  /** Of the program that looks after the jobs, in MiB. */
  memory(): Promise<number>;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const round = (value: number): number => Math.round(value * 100) / 100;

const dir = await realpath(await mkdtemp(join(tmpdir(), 'fairlead-bench-jobs-')));
const load = loadavg()[0] ?? 0;
try {
  const fairlead = await measureFairlead(join(dir, 'fairlead'));
  const version = supervisorVersion();
  const supervisor = version === undefined ? null : await measureSupervisor(join(dir, 'supervisor'));
  const ratio = (key: keyof Figures): number | null =>
    supervisor === null ? null : round(fairlead[key] / supervisor[key]);
  process.stdout.write(
    `${JSON.stringify({
      benchmark: 'jobs',
      jobs,
      rounds,
      loadBefore: round(load),
      measures: {
        fromNothingMs: 'start of the agent (joining the fleet included) or of supervisord, to the last job',
        changeMs: 'begin of the Git commit or of writing the configuration, to the start of the changed job',
        restartMs: 'kill -9 of a job, to its start; median',
        memoryPerJobKiB: 'PSS of agent or supervisord with all jobs, less that with one, per job',
        keeperPerJobKiB: 'PSS of what stands beside a job',
      },
      fairlead,
      supervisor: supervisor === null ? 'not installed' : { version, ...supervisor },
      ratio: {
        fromNothing: ratio('fromNothingMs'),
        change: ratio('changeMs'),
        restart: ratio('restartMs'),
      },
    })}\n`,
  );
} finally {
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}

interface Figures {
  readonly fromNothingMs: number;
  readonly changeMs: number;
  /** Others that were restarted by the change of one. */
  readonly disturbed: number;
  readonly restartMs: number;
  readonly memoryPerJobKiB: number;
  readonly keeperPerJobKiB: number;
}

async function measureFairlead(folder: string): Promise<Figures> {
  const fleet = await createDemoFleet({ dir: folder });
  try {
    const marks = await createMarks(join(folder, 'marks'));
    await writeFleet(fleet.repo, fleet.devices);
    const write = (wanted: readonly MarkedJob[]): Promise<void> =>
      writeFile(
        join(fleet.repo, 'running/jobs.json'),
        JSON.stringify({ config: 'running', jobs: wanted.map((job) => entryOf(job, marks)) }),
      );
    await write(all('first'));
    await fleet.commit('A hundred jobs');
    const server = await fleet.startServer();
    const [device] = fleet.devices;
    if (device === undefined) throw new Error('the example has no devices');
    const begin = Date.now();
    const agent = await fleet.startAgent(device, server, { flags: ['--health-window', '1s'] });
    const fromNothingMs = (await marks.started(names)) - begin;
    const figures = await measureRunning({
      marks,
      folder: fleet.stateOf(device),
      async apply(wanted) {
        await write(wanted);
        await fleet.commit('A change');
      },
      async rest() {
        for (;;) {
          const status = (await askProgram('agent', [
            'status',
            '--state',
            fleet.stateOf(device),
          ])) as AgentStatus;
          if (status.state === 'applied' && status.revision === status.desired) return;
          await delay(200);
        }
      },
      memory: () => pssOf([agent.pid]),
    });
    return { fromNothingMs: round(fromNothingMs), ...figures };
  } finally {
    await fleet.stop();
  }
}

async function measureSupervisor(folder: string): Promise<Figures> {
  await mkdir(folder);
  const marks = await createMarks(join(folder, 'marks'));
  const begin = Date.now();
  const supervisor = await startSupervisor(folder, marks.folder, all('first'));
  try {
    const fromNothingMs = (await marks.started(names)) - begin;
    const figures = await measureRunning({
      marks,
      folder: join(folder, 'nothing-else'),
      apply: (wanted) => supervisor.update(wanted),
      // Until it calls a program that stays up RUNNING.
      rest: () => delay(2_000),
      memory: () => pssOf([supervisor.pid]),
    });
    return { fromNothingMs: round(fromNothingMs), ...figures };
  } finally {
    await supervisor.end();
  }
}

async function measureRunning(manager: Manager): Promise<Omit<Figures, 'fromNothingMs'>> {
  const { marks, apply, rest } = manager;
  await rest();
  const before = await marks.pids();
  const changes: number[] = [];
  for (let n = 0; n < rounds; n += 1) {
    await marks.forget([changed]);
    const begin = Date.now();
    await apply(all(`change ${String(n)}`));
    changes.push((await marks.started([changed])) - begin);
    await rest();
  }
  const after = await marks.pids();
  const disturbed = names.filter((name) => name !== changed && before.get(name) !== after.get(name)).length;

  const restarts: number[] = [];
  for (let n = 0; n < rounds; n += 1) {
    const pid = await marks.pid(killed);
    await marks.forget([killed]);
    const begin = Date.now();
    process.kill(pid, 'SIGKILL');
    restarts.push((await marks.started([killed])) - begin);
    await delay(2_000);
  }

  await delay(settleMs);
  const [full, keepers] = [await manager.memory(), await pssOf(await keepersIn(manager.folder))];
  await apply(all('same').slice(0, 1));
  await rest();
  await delay(settleMs);
  return {
    changeMs: round(median(changes)),
    disturbed,
    restartMs: round(median(restarts)),
    memoryPerJobKiB: round((full - (await manager.memory())) / (jobs - 1)),
    keeperPerJobKiB: round(keepers / jobs),
  };
}

/** Everything that works there but the jobs themselves. */
async function keepersIn(folder: string): Promise<readonly number[]> {
  const found = (await processesIn(folder)).map(async (pid) => {
    const command = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '');
    return command.startsWith('sleep\0') ? [] : [pid];
  });
  return (await Promise.all(found)).flat();
}

/** Proportional set size of processes together, in KiB. */
async function pssOf(pids: readonly number[]): Promise<number> {
  const each = pids.map(async (pid) => {
    const text = await readFile(`/proc/${String(pid)}/smaps_rollup`, 'utf8').catch(() => '');
    return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
  });
  return (await Promise.all(each)).reduce((sum, pss) => sum + pss, 0);
}

function entryOf({ name, word }: MarkedJob, { folder }: Marks): object {
  const env = [`NAME=${name}`, `MARKS=${folder}`, `WORD=${word}`];
  return { job: name, exec_cmd: 'sh', exec_args: ['-c', script], env, restart: true };
}

/** One device with one group in place of the example's. */
async function writeFleet(repo: string, [device]: readonly DemoDevice[]): Promise<void> {
  for (const name of await readdir(join(repo, 'running'))) await rm(join(repo, 'running', name));
  const groups = { all: { 'running-config': ['running/jobs.json'] } };
  await writeFile(
    join(repo, 'fleet.json'),
    JSON.stringify({ id: '7c0f2a1e-5b6d-4c8e-9a3f-2d1b0e4f6a58', groups }),
  );
  await writeFile(join(repo, 'devices.json'), JSON.stringify({ [device?.id ?? '']: { group: 'all' } }));
}
