// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import { writeKeyFolder } from '@fairlead/program';
import { git, gitEnv, run, systemClock, tempDir, type Ran } from '@fairlead/testing';
import { build } from 'esbuild';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { createDevelopmentKeys } from './development-keys.ts';

/** The program in one file, as it is shipped, made once of the present sources for each file of tests. */
const folder = await mkdtemp(join(tmpdir(), 'fairlead-cli-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
export const program = join(folder, 'fairlead.cjs');
await build({
  entryPoints: [fileURLToPath(new URL('main.ts', import.meta.url))],
  outfile: program,
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  external: ['openpgp'],
  conditions: ['@fairlead/source'],
  logLevel: 'error',
});

/** What CI services set: libraries then colour pipes too, unless told not to. */
const inCi = { CI: 'true', FORCE_COLOR: '1' };
/** Each run but the first starts from what Node compiled before. */
const compiled = { NODE_COMPILE_CACHE: join(folder, 'compiled') };

/** Runs the program as a process of its own, its output in pipes. */
export function fairlead(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> {
  return run(process.execPath, [program, ...args], {
    ...options,
    env: { ...gitEnv, ...inCi, ...compiled, ...options.env },
  });
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

export interface FleetRepository {
  readonly dir: string;
  /** Writes files (JSON unless text or bytes) and commits all there is; the commit's id. */
  commit(files: Readonly<Record<string, unknown>>, message?: string): Promise<string>;
}

/** A small valid fleet without its first root, in a real repository with one commit. */
export async function newFleet(): Promise<FleetRepository> {
  const dir = await tempDir('fleet');
  await git(dir, 'init', '--quiet', '--initial-branch=main');
  const commit: FleetRepository['commit'] = async (files, message = 'Change the fleet') => {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(
        join(dir, path),
        typeof content === 'string' ? content : JSON.stringify(content, null, 2),
      );
    }
    await git(dir, 'add', '--all');
    await git(dir, 'commit', '--quiet', '--message', message);
    return (await git(dir, 'rev-parse', 'HEAD')).trim();
  };
  await commit(sources, 'Begin the fleet');
  return { dir, commit };
}

export interface SignedFleet extends FleetRepository {
  readonly keys: string;
  readonly fleet: Digest;
  readonly head: string;
}

/** A fleet with keys: its first root is committed. */
export async function newSignedFleet(): Promise<SignedFleet> {
  const repository = await newFleet();
  const keys = join(await tempDir('keys'), 'keys');
  const { fleet, firstRoot, files } = await createDevelopmentKeys({
    now: systemClock.now(),
    operator: 'operator',
    serverNames: ['localhost'],
  });
  await writeKeyFolder(keys, files);
  const head = await repository.commit(
    { 'trust/root/1.json': Buffer.from(firstRoot).toString() },
    'Add the first root',
  );
  return { ...repository, keys, fleet, head };
}
