// SPDX-License-Identifier: Apache-2.0
// Compiles a fleet from a real repository, as a server does when it starts and when one file is pushed after that, and plans changes of
// it with the program that people run. A process and a repository for each number of devices.
// Figures on stdout, one JSON object a line; how they grow, beside the bars, on stderr. Nothing is asserted on time.
import { FairleadError, type Result } from '@fairlead/base';
import { createCommitCompiler } from '@fairlead/commits';
import { openRepository } from '@fairlead/git';
import { git, systemClock } from '@fairlead/testing';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { growthTable, type Growth } from './growth.ts';
import { config, configPath, fleetSize, languageFleet, templates } from './language-fleet.ts';

const sizes = [1_000, 10_000, 100_000];
const barAt = 10_000;
/** Milliseconds and MiB, at so many devices. On a machine that does other work too, read the time of the processor. */
const bar = { cold: 5_000, oneRunningConfig: 100, devicesFile: 100, plan: 2_000, rssMiB: 500 };
const rounds = 5;
const signal = new AbortController().signal;
const program = join(import.meta.dirname, '../../apps/cli/bundle/fairlead.cjs');

const [chosen] = process.argv.slice(2);
if (chosen === undefined) {
  const figures = sizes.flatMap((devices): readonly Figures[] => {
    const args = [...process.execArgv, import.meta.filename, String(devices)];
    const { status, stdout } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      stdio: ['inherit', 'pipe', 'inherit'],
    });
    process.stdout.write(stdout);
    if (status === 0) return [JSON.parse(stdout) as Figures];
    process.exitCode = 1;
    return [];
  });
  process.stderr.write(`${growthOf(figures)}\n`);
} else await measure(Number(chosen));

interface Figures {
  readonly devices: number;
  readonly cold: Taken;
  readonly oneRunningConfig: Taken;
  readonly devicesFile: Taken;
  readonly compiler: { readonly rssMiB: number };
  readonly plan: Taken & { readonly rssMiB: number };
  readonly planOfAllGroups: Taken & { readonly rssMiB: number };
}

function growthOf(figures: readonly Figures[]): string {
  const row = (
    measure: string,
    unit: string,
    most: number | null,
    value: (of: Figures) => number,
  ): Growth => ({
    measure,
    unit,
    values: figures.map(value),
    bar: most,
  });
  const times = (
    [
      ['cold', bar.cold],
      ['oneRunningConfig', bar.oneRunningConfig],
      ['devicesFile', bar.devicesFile],
      ['plan', bar.plan],
      ['planOfAllGroups', null],
    ] as const
  ).flatMap(([measure, most]) => [
    row(measure, 'ms of processor', most, (of) => of[measure].cpuMs),
    row(measure, 'ms by the clock', most, (of) => of[measure].ms),
  ]);
  const memory = [
    row('compiler', 'MiB', bar.rssMiB, ({ compiler }) => compiler.rssMiB),
    row('plan', 'MiB', bar.rssMiB, ({ plan }) => plan.rssMiB),
  ];
  return growthTable(
    figures.map(({ devices }) => devices),
    barAt,
    [...times, ...memory],
  );
}

async function measure(devices: number): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'fairlead-bench-'));
  try {
    const repository = await newRepository(dir, languageFleet(devices));
    const compile = await openCompiler(dir);
    const load = loadavg()[0];
    const cold = await compile();
    const change = repeatedChange(repository, compile);
    const oneRunningConfig = await change((round) => [configPath(7), config(7, 1 + round)]);
    const devicesFile = await change((round) => oneDeviceMoved(devices, round));
    const compiling = process.resourceUsage().maxRSS;
    const base = repository.head();
    const plan = await planned(repository, base, [configPath(7), config(7, 99)]);
    const planOfAll = await planned(repository, base, ['running/templates.json', templates(99)]);
    const figures = {
      benchmark: 'compile-git',
      devices,
      ...fleetSize,
      cold,
      oneRunningConfig,
      devicesFile,
      compiler: { rssMiB: mebibytes(compiling) },
      plan,
      planOfAllGroups: planOfAll,
      ...(devices === barAt ? { bar } : {}),
      load,
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

interface BenchRepository {
  readonly dir: string;
  head(): string;
  commit(path: string, text: string): Promise<void>;
}

async function newRepository(dir: string, files: ReadonlyMap<string, string>): Promise<BenchRepository> {
  let head = '';
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  };
  const commit = async (): Promise<void> => {
    await git(dir, 'add', '-A');
    await git(dir, 'commit', '-q', '-m', 'Change the fleet');
    head = (await git(dir, 'rev-parse', 'HEAD')).trim();
  };
  await git(dir, 'init', '-q', '-b', 'main');
  for (const [path, text] of files) await write(path, text);
  await commit();
  await git(dir, 'gc', '-q');
  return {
    dir,
    head: () => head,
    async commit(path, text) {
      await write(path, text);
      await commit();
    },
  };
}

/** Milliseconds: by the clock, and of the processor in this process, which a busy machine does not stretch. */
interface Taken {
  readonly ms: number;
  readonly cpuMs: number;
}

function timing(): () => Taken {
  const [begin, before] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { ms: Math.round(performance.now() - begin), cpuMs: Math.round((user + system) / 1_000) };
  };
}

/** Opens the repository; what it gives compiles the head and tells how long that took. */
async function openCompiler(dir: string): Promise<() => Promise<Taken>> {
  const repository = valueOf(await openRepository(dir, { clock: systemClock }));
  const compiler = createCommitCompiler(repository, 'main');
  return async () => {
    const begin = timing();
    const head = valueOf(await repository.readRef('refs/heads/main')) ?? '';
    const result = valueOf(await compiler.compile(head, signal));
    const taken = begin();
    if (result.kind !== 'compiled') throw broken(`refused: ${JSON.stringify(result.diagnostics[0])}`);
    return taken;
  };
}

/** Each round changes one file again, so that no round meets its own result; the median. */
function repeatedChange(
  repository: BenchRepository,
  compile: () => Promise<Taken>,
): (change: (round: number) => readonly [string, string]) => Promise<Taken> {
  return async (change) => {
    const times: Taken[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      await repository.commit(...change(round));
      times.push(await compile());
    }
    return times.toSorted((a, b) => a.ms - b.ms)[Math.floor(rounds / 2)] ?? { ms: 0, cpuMs: 0 };
  };
}

function oneDeviceMoved(devices: number, round: number): readonly [string, string] {
  const files = [...languageFleet(devices)];
  const [path, text] = files.find(([name]) => name.startsWith('devices')) ?? ['devices.json', '{}'];
  return [path, text.replace(/"group": "group-7"/, `"group": "group-${String(7 + round)}"`)];
}

/** The whole program, from its start to its end. */
async function planned(
  repository: BenchRepository,
  base: string,
  [path, text]: readonly [string, string],
): Promise<Taken & { readonly rssMiB: number }> {
  await git(repository.dir, 'checkout', '-q', '--detach', base);
  await repository.commit(path, text);
  const tellUsage = 'process.on("exit", () => process.stderr.write(JSON.stringify(process.resourceUsage())))';
  const begin = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      `--import=data:text/javascript,${encodeURIComponent(tellUsage)}`,
      program,
      ...['plan', base, 'HEAD', '--repo', repository.dir, '--output', 'json'],
    ],
    { encoding: 'utf8', maxBuffer: 2 ** 30 },
  );
  const ms = Math.round(performance.now() - begin);
  if (status !== 0) throw broken(`plan ended with ${String(status)}: ${stdout.slice(0, 1_000)}${stderr}`);
  const usage = JSON.parse(stderr) as NodeJS.ResourceUsage;
  const cpuMs = Math.round((usage.userCPUTime + usage.systemCPUTime) / 1_000);
  return { ms, cpuMs, rssMiB: mebibytes(usage.maxRSS) };
}

function mebibytes(kibibytes: number): number {
  return Math.round(kibibytes / 1024);
}

function valueOf<T, E extends { readonly message: string }>(result: Result<T, E>): T {
  if (result.ok) return result.value;
  throw broken(result.error.message);
}

function broken(message: string): FairleadError {
  return new FairleadError({ code: 'internal', message });
}
