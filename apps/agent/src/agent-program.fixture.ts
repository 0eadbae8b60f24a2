// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createTestFleet,
  jobUnit,
  startScriptedServer,
  type TestFleet,
  type TestRevision,
} from '@fairlead/link/testing';
import { run, startProgram, tempDir, type Ran } from '@fairlead/testing';
import { build } from 'esbuild';
import { afterAll, onTestFinished } from 'vitest';

/** The program in one file, as it is shipped, made of the present sources for each file of tests. */
const built = await build({
  entryPoints: [fileURLToPath(new URL('main.ts', import.meta.url))],
  outfile: 'fairlead-agent.cjs',
  write: false,
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  conditions: ['@fairlead/source'],
  minify: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'error',
});
export const { metafile } = built;

const folder = await mkdtemp(join(tmpdir(), 'fairlead-agent-bundle-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
export const program = join(folder, 'fairlead-agent.cjs');
const text = built.outputFiles[0]?.text ?? '';
await writeFile(program, text);

/** Puts the program of another release in the place of this one, as a package manager does; until the test ends. */
export async function upgrade(version: string): Promise<void> {
  const put = async (content: string): Promise<void> => {
    await writeFile(`${program}.new`, content);
    await rename(`${program}.new`, program);
  };
  await put(text.replaceAll('"0.0.0"', JSON.stringify(version)));
  onTestFinished(() => put(text));
}

/** Runs a subcommand to its end. */
export function agentCommand(args: readonly string[], input?: string): Promise<Ran> {
  return run(process.execPath, [program, ...args], input === undefined ? {} : { input });
}

/** What a receipt states. */
export function statementOf(envelope: Uint8Array): {
  readonly predicate: {
    readonly result: string;
    readonly code: string | null;
    readonly units: unknown;
    readonly remarks: readonly string[];
  };
} {
  const { payload } = JSON.parse(Buffer.from(envelope).toString('utf8')) as { payload: string };
  return JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as ReturnType<typeof statementOf>;
}

export interface Device {
  readonly state: string;
  readonly fleet: TestFleet;
  readonly token: string;
  readonly server: Awaited<ReturnType<typeof startScriptedServer>>;
  start(env?: Readonly<Record<string, string>>, flags?: readonly string[]): ReturnType<typeof startProgram>;
}

/** A device in a folder of its own, with its server; whatever it still runs at the end of the test is taken down. */
export async function newDevice(): Promise<Device> {
  const fleet = await createTestFleet();
  const server = await startScriptedServer(fleet);
  const state = join(await tempDir('agent'), 'state');
  const tokenFile = join(await tempDir('token'), 'token');
  const token = fleet.token();
  await writeFile(tokenFile, `${token}\n`);
  onTestFinished(async () => {
    await agentCommand(['down', '--state', state, '--stop-grace', '1s']);
  });
  return {
    state,
    fleet,
    token,
    server,
    start: (env = {}, flags = []) =>
      startProgram(
        process.execPath,
        [
          program,
          '--state',
          state,
          '--server',
          server.address,
          '--token-file',
          tokenFile,
          '--health-window',
          '100ms',
          '--drift-interval',
          '200ms',
          // Whatever engine this machine may have.
          ...(flags.includes('--engine') ? [] : ['--engine', 'none']),
          ...flags,
        ],
        { env },
      ),
  };
}

/** A state of one job that says its text and runs on. */
export function talker(fleet: TestFleet, counter: number, text: string, after?: TestRevision): TestRevision {
  const script = `echo ${text}; exec sleep 1000`;
  return fleet.revision(
    counter,
    { format: 1, units: [jobUnit('talker', '/bin/sh', ['-c', script])] },
    after?.versions,
  );
}

export interface StatusAnswer {
  readonly version: string;
  readonly state: string;
  readonly code: string | null;
  readonly message: string;
  readonly since: string;
  readonly revision: string | null;
  readonly connection: string;
  readonly units: readonly { readonly name: string; readonly condition: string }[];
}

export async function statusOf(state: string): Promise<StatusAnswer> {
  const { stdout, code } = await agentCommand(['status', '--state', state, '--output', 'json']);
  if (code !== 0) throw new Error(`status ended with ${code}: ${stdout}`);
  return JSON.parse(stdout) as StatusAnswer;
}

/** Process ids whose environment or command line shows that they belong to this state folder. */
export async function processesOf(state: string): Promise<readonly number[]> {
  const { stdout } = await run('pgrep', ['-f', state]);
  const found: number[] = [];
  for (const pid of stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(Number)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(state) && !command.includes('pgrep')) found.push(pid);
  }
  return found;
}

/** Process ids of the jobs that run, by unit, as their keepers recorded them. */
export async function jobProcesses(state: string): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {};
  for (const unit of await readdir(join(state, 'runs'))) {
    const runs = await readdir(join(state, 'runs', unit));
    const newest = runs
      .map(Number)
      .sort((a, b) => a - b)
      .at(-1);
    const path = join(state, 'runs', unit, String(newest), 'process');
    const pid = Number((await readFile(path, 'utf8').catch(() => '')).split(' ')[0]);
    const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => '');
    if (pid > 0 && stat !== '' && !stat.includes(') Z ')) found[unit] = pid;
  }
  return found;
}
