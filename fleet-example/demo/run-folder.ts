// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { removeGroups } from './control-groups.ts';
import { processesIn, startTime } from './processes-in.ts';
import { runProgram } from './programs.ts';

/** Runs leave nothing outside the clone's ignored `tmp`. */
const tmp = resolve(import.meta.dirname, '../../tmp');
const runs = join(tmp, 'start');

/** Folders of a run: its repository, and one with a folder for the state of each agent. */
export const repositoryFolder = 'fleet';
export const devicesFolder = 'devices';

/** Names this process for ever. */
async function runName(): Promise<string> {
  return `${process.pid}-${await startTime(process.pid)}`;
}

/** Where a repository stays that is kept after its run. */
export async function keptRepository(): Promise<string> {
  return join(tmp, 'kept', await runName());
}

/** A new folder for this run. What runs that were killed left behind is removed first. */
export async function makeRunFolder(): Promise<string> {
  await mkdir(runs, { recursive: true, mode: 0o700 });
  for (const name of await list(runs)) {
    const [pid = '', start = ''] = name.split('-');
    if (start === '' || (await startTime(Number(pid))) !== start) await removeRun(join(runs, name));
  }
  const dir = join(await realpath(runs), await runName());
  await mkdir(dir, { mode: 0o700 });
  return dir;
}

/** Removes a run with whatever of it still runs. */
async function removeRun(dir: string): Promise<void> {
  await takeDown(dir);
  await endAll(dir);
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}

/** Stops what the agents of a run started, in order, whether or not the agents themselves still run. */
export async function takeDown(dir: string): Promise<void> {
  const states = (await list(join(dir, devicesFolder))).map((name) => join(dir, devicesFolder, name));
  await Promise.all(
    states.map((state) => runProgram('agent', ['down', '--state', state], AbortSignal.timeout(20_000))),
  );
}

/** Ends by force whatever of a run is left. What works in its repository is not of the run: somebody looks at it. */
export async function endAll(dir: string): Promise<void> {
  for (let round = 0; round < 100; round += 1) {
    const guests = new Set(await processesIn(join(dir, repositoryFolder)));
    const left = (await processesIn(dir)).filter((pid) => !guests.has(pid));
    if (left.length === 0) break;
    for (const pid of left) end(pid);
    await sleep(50);
  }
  await removeGroups(dir);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

function list(dir: string): Promise<readonly string[]> {
  return readdir(dir).catch(() => []);
}
