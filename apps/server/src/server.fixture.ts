// SPDX-License-Identifier: Apache-2.0
import { openRepository } from '@fairlead/git';
import { readFleetLog, type LogRecord } from '@fairlead/log';
import {
  git,
  gitEnv,
  run,
  runOk,
  startProgram,
  systemClock,
  tempDir,
  waitFor,
  workspaceRoot,
  type RunningProgram,
} from '@fairlead/testing';
import { build } from 'esbuild';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

/** The programs in one file each, as they are shipped, made once of the present sources for each file of tests. */
const folder = await mkdtemp(join(tmpdir(), 'fairlead-server-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const bundled = async (app: string): Promise<string> => {
  const outfile = join(folder, `${app}.cjs`);
  const entry = join(workspaceRoot, 'apps', app, 'src', 'main.ts');
  const options = {
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    external: ['openpgp'],
    logLevel: 'error',
  } as const;
  await build({
    ...options,
    external: ['openpgp'],
    entryPoints: [entry],
    outfile,
    conditions: ['@fairlead/source'],
  });
  return outfile;
};
const [serverProgram, cli] = await Promise.all([bundled('server'), bundled('cli')]);

export { serverProgram };

/** Runs a command of the CLI; its answer as JSON. Rejects with what it said where it ended with another code than 0. */
export async function fairlead(...args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await run(process.execPath, [cli, ...args, '--output', 'json'], {
    env: gitEnv,
  });
  if (code !== 0) throw new Error(`${String(code)}: ${stdout} ${stderr}`);
  return JSON.parse(stdout);
}

export const devices = [
  '0b1e7a52-3c64-4f0e-8d0b-5a1c9f2e4d01',
  '4d2f9c86-71ab-4e3d-9c5e-b80a6d3f1e02',
] as const;

const sources: Readonly<Record<string, unknown>> = {
  'fleet.json': {
    id: '5f4be3c2-8f0d-4c57-9a41-6f1f0d0c7e11',
    groups: { gateways: { 'running-config': ['running/clock.json'] } },
  },
  'devices.json': {
    [devices[0]]: { name: 'first', group: 'gateways' },
    [devices[1]]: { name: 'second', group: 'gateways' },
  },
  'running/clock.json': {
    config: 'running',
    jobs: [{ job: 'clock', exec_cmd: 'sleep', exec_args: ['1000'] }],
  },
};

export interface Fleet {
  /** Work tree. */
  readonly dir: string;
  readonly keys: string;
  /** Commits files (values that are no text as JSON, null: removed); the commit. */
  commit(files: Readonly<Record<string, unknown>>, message?: string): Promise<string>;
  head(): Promise<string>;
}

/** A fleet with keys, its first root committed. */
export async function newFleet(): Promise<Fleet> {
  const dir = join(await tempDir('fleet'), 'fleet');
  await git(dirname(dir), 'init', '-q', '-b', 'main', dir);
  const head = async (): Promise<string> => (await git(dir, 'rev-parse', 'HEAD')).trim();
  const fleet: Fleet = {
    dir,
    keys: join(dirname(dir), 'keys'),
    head,
    async commit(files, message = 'change') {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(dir, path)), { recursive: true });
        if (content === null) await rm(join(dir, path));
        else
          await writeFile(join(dir, path), typeof content === 'string' ? content : JSON.stringify(content));
      }
      await git(dir, 'add', '-A');
      await git(dir, 'commit', '-q', '--allow-empty', '-m', message);
      return head();
    },
  };
  await runOk(process.execPath, [cli, 'keys', 'init', '--dir', fleet.keys, '--repo', dir], { env: gitEnv });
  await fleet.commit(sources, 'Begin the fleet');
  return fleet;
}

/** A bare clone that the fleet pushes to as `origin`. */
export async function bareOf({ dir }: Fleet): Promise<string> {
  const bare = join(dirname(dir), 'bare.git');
  await git(dir, 'clone', '-q', '--bare', dir, bare);
  await git(dir, 'remote', 'add', 'origin', bare);
  return bare;
}

export interface TestServer {
  readonly program: RunningProgram;
  readonly data: string;
  /** Answers of `/readyz`: status and codes. */
  ready(): Promise<{ readonly status: number; readonly body: string }>;
  /** Waits until it is ready. */
  isReady(): Promise<void>;
  /** Waits until `/readyz` names this code. */
  reports(code: string): Promise<string>;
}

export interface ServerFlags {
  readonly data?: string;
  readonly keys?: string;
  readonly more?: readonly string[];
}

export async function startServer(fleet: Fleet, repo: string, flags: ServerFlags = {}): Promise<TestServer> {
  const data = flags.data ?? join(await tempDir('data'), 'data');
  const program = startProgram(
    process.execPath,
    [
      serverProgram,
      ...['--repo', repo, '--keys', flags.keys ?? fleet.keys, '--data', data, '--poll', '100ms'],
      ...['--grpc', '127.0.0.1:0', '--http', '127.0.0.1:0', '--insecure-loopback', ...(flags.more ?? [])],
    ],
    { env: gitEnv },
  );
  const { http } = await program.ready();
  const ready: TestServer['ready'] = async () => {
    const answer = await fetch(`http://${String(http)}/readyz`);
    return { status: answer.status, body: await answer.text() };
  };
  const until = (what: string, isSo: (answer: { status: number; body: string }) => boolean) =>
    waitFor(
      async () => {
        const answer = await ready();
        if (!isSo(answer))
          throw new Error(`${answer.status} ${answer.body} ${program.stderr().slice(-2000)}`);
        return answer.body;
      },
      { what: `readiness: ${what}`, withinMs: 30_000 },
    );
  return {
    program,
    data,
    ready,
    isReady: async () => {
      await until('ready', ({ status }) => status === 200);
    },
    reports: (code) => until(code, ({ status, body }) => status === 503 && body.includes(`"${code}"`)),
  };
}

/** The records in the log, oldest first. */
export async function recordsIn(repo: string): Promise<readonly LogRecord[]> {
  const opened = await openRepository(repo, { clock: systemClock });
  if (!opened.ok) throw new Error(opened.error.message);
  const entries = await readFleetLog(opened.value, 'main');
  if (!entries.ok) throw new Error(entries.error.message);
  return entries.value.flatMap((entry) => (entry.kind === 'record' ? [entry.record] : []));
}

/** Waits for the record of a commit. */
export function recordOf<K extends LogRecord['kind']>(
  repo: string,
  kind: K,
  commit: string,
): Promise<LogRecord & { readonly kind: K }> {
  return waitFor(
    async () => {
      const isIt = (record: LogRecord): record is LogRecord & { readonly kind: K } =>
        record.kind === kind && 'commit' in record && record.commit === commit;
      return (await recordsIn(repo)).find(isIt);
    },
    { what: `a record '${kind}' of ${commit}`, withinMs: 30_000 },
  );
}

export function noteOn(repo: string, commit: string, holding: string): Promise<string> {
  return waitFor(
    async () => {
      const note = await git(repo, 'log', '--notes=fairlead', '--format=%N', '-1', commit);
      return note.includes(holding) && note;
    },
    { what: `a note on ${commit} that says: ${holding}`, withinMs: 30_000 },
  );
}
