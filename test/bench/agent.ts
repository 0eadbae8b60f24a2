// SPDX-License-Identifier: Apache-2.0
// What the agent costs a device: memory, processor and disk while it idles with an open stream and 20 jobs, beside a Node that does
// nothing; size of its bundle and time of its start. Programs as built. Figures on stdout, one JSON object; nothing is asserted.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const jobs = 20;
const idleSeconds = Number(process.env['FAIRLEAD_BENCH_SECONDS'] ?? 60);
/** Until what is left of the start has been collected. */
const settleSeconds = Math.min(20, idleSeconds);
const starts = 5;

const device = '0b1e7a52-3c64-4f0e-8d0b-5a1c9f2e4d01';
const apps = resolve(import.meta.dirname, '../../apps');
const program = {
  server: join(apps, 'server/bundle/fairlead-server.cjs'),
  agent: join(apps, 'agent/bundle/fairlead-agent.cjs'),
  cli: join(apps, 'cli/bundle/fairlead.cjs'),
};
const dir = await mkdtemp(join(tmpdir(), 'fairlead-bench-agent-'));
const [repo, keys, state, token] = ['repo', 'keys', 'state', 'token'].map((name) => join(dir, name)) as [
  string,
  string,
  string,
  string,
];
const children: ChildProcess[] = [];

const exec = promisify(execFile);
const node = async (path: string, ...args: string[]): Promise<string> =>
  (await exec(process.execPath, [path, ...args])).stdout;
const git = (...args: string[]) =>
  exec('git', ['-C', repo, '-c', 'user.name=bench', '-c', 'user.email=bench@localhost', ...args]);

interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ready: Readonly<Record<string, unknown>>;
  /** From the spawn to the ready line. */
  readonly ms: number;
}

/** Starts a program and waits for its ready line. */
async function start(args: readonly string[]): Promise<Started> {
  const begin = performance.now();
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = JSON.parse(line) as Started['ready'];
    return { child, pid: child.pid ?? 0, ready, ms: performance.now() - begin };
  }
  throw new Error(`${args.join(' ')} ended before it was ready`);
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    child.once('exit', () => {
      done();
    });
    child.kill('SIGTERM');
  });
}

/** The number in a line `<name>: <number> …` of a file in /proc. */
async function figure(pid: number, file: string, name: string): Promise<number> {
  const text = await readFile(`/proc/${String(pid)}/${file}`, 'utf8');
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]);
}

/** Processor time so far, in ticks of 10 ms. */
async function ticks(pid: number): Promise<number> {
  const [utime, stime] =
    (await readFile(`/proc/${String(pid)}/stat`, 'utf8'))
      .split(') ')[1]
      ?.split(' ')
      .slice(11, 13)
      .map(Number) ?? [];
  return (utime ?? 0) + (stime ?? 0);
}

async function idle(pid: number) {
  const before = { ticks: await ticks(pid), written: await figure(pid, 'io', 'write_bytes') };
  await delay(idleSeconds * 1000);
  return {
    rssMiB: (await figure(pid, 'smaps_rollup', 'Rss')) / 1024,
    pssMiB: (await figure(pid, 'smaps_rollup', 'Pss')) / 1024,
    privateMiB:
      ((await figure(pid, 'smaps_rollup', 'Private_Dirty')) +
        (await figure(pid, 'smaps_rollup', 'Private_Clean'))) /
      1024,
    cpuPercent: (((await ticks(pid)) - before.ticks) * 10) / (idleSeconds * 10),
    writtenBytes: (await figure(pid, 'io', 'write_bytes')) - before.written,
  };
}

async function makeFleet(): Promise<void> {
  await mkdir(join(repo, 'running'), { recursive: true });
  const names = Array.from({ length: jobs }, (_, n) => `job-${String(n)}`);
  const files = {
    'fleet.json': {
      id: '5f4be3c2-8f0d-4c57-9a41-6f1f0d0c7e11',
      groups: { all: { 'running-config': ['running/jobs.json'] } },
    },
    'devices.json': { [device]: { group: 'all' } },
    'running/jobs.json': {
      config: 'running',
      jobs: names.map((job) => ({ job, exec_cmd: 'sleep', exec_args: ['100000'] })),
    },
  };
  for (const [path, content] of Object.entries(files))
    await writeFile(join(repo, path), JSON.stringify(content));
  await git('init', '-q', '-b', 'main');
  await node(program.cli, 'keys', 'init', '--dir', keys, '--repo', repo);
  await git('add', '-A');
  await git('commit', '-q', '-m', 'Twenty jobs');
  await writeFile(
    token,
    await node(program.cli, 'enroll', 'token', 'create', '--device', device, '--keys', keys),
  );
}

/** Until the device has applied the revision and holds its stream. */
async function untilApplied(): Promise<void> {
  for (;;) {
    const text = await node(program.agent, 'status', '--state', state, '--output', 'json').catch(() => '{}');
    const status = JSON.parse(text) as {
      state?: string;
      connection?: string;
      units?: { condition: string }[];
    };
    const running = status.units?.filter(({ condition }) => condition === 'running').length;
    if (status.state === 'applied' && status.connection === 'streaming' && running === jobs) return;
    await delay(200);
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const round = (value: number): number => Math.round(value * 100) / 100;
const rounded = (values: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, round(value)]));

try {
  await makeFleet();
  const server = await start([
    program.server,
    '--repo',
    repo,
    '--keys',
    keys,
    '--data',
    join(dir, 'data'),
    '--grpc',
    '127.0.0.1:0',
    '--http',
    '127.0.0.1:0',
  ]);
  const agentArgs = [
    program.agent,
    '--state',
    state,
    '--server',
    String(server.ready['grpc']),
    '--token-file',
    token,
    '--health-window',
    '1s',
  ];
  const first = await start(agentArgs);
  await untilApplied();
  await end(first.child);

  const startMs: number[] = [];
  for (let n = 1; n < starts; n += 1) {
    const again = await start(agentArgs);
    startMs.push(again.ms);
    await end(again.child);
  }
  const agent = await start(agentArgs);
  startMs.push(agent.ms);
  const bare = await start(['-e', 'console.log("{}"); setInterval(() => {}, 2 ** 30)']);
  await untilApplied();
  await delay(settleSeconds * 1000);
  const [loaded, nothing] = await Promise.all([idle(agent.pid), idle(bare.pid)]);
  console.log(
    JSON.stringify({
      benchmark: 'agent',
      node: process.version,
      jobs,
      idleSeconds,
      agent: rounded(loaded),
      bareNode: rounded(nothing),
      rssRatio: round(loaded.rssMiB / nothing.rssMiB),
      bundleBytes: (await stat(program.agent)).size,
      startMs: Math.round(median(startMs)),
      bareStartMs: Math.round(bare.ms),
    }),
  );
} finally {
  await node(program.agent, 'down', '--state', state).catch(() => undefined);
  for (const child of children) child.kill('SIGKILL');
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}
