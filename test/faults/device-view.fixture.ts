// SPDX-License-Identifier: Apache-2.0
import { jobProcess, processesIn, removeGroups, type JobProcess } from '@fairlead/fleet-example';
import { waitFor } from '@fairlead/testing';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** What stands on a device for one unit: folders and links as the driver of jobs lays them out, and what the kernel says. */
interface UnitView extends JobProcess {
  /** Version that is switched on: the name of its folder. */
  readonly current: string | null;
  readonly versions: readonly string[];
}

export type DeviceView = Readonly<Record<string, UnitView>>;

/** Looks at a state folder from outside, whether or not an agent runs. */
export async function viewDevice(state: string): Promise<DeviceView> {
  const units = join(state, 'jobs/units');
  const view: Record<string, UnitView> = {};
  for (const name of (await list(units)).toSorted()) {
    view[name] = {
      current: await readlink(join(units, name, 'current')).then(basename, () => null),
      versions: (await list(join(units, name, 'versions'))).toSorted(),
      ...(await jobProcess(state, name)),
    };
  }
  return view;
}

/** What two views have in common when the device is in the same state, whoever started the programs. */
export function shapeOf(view: DeviceView): object {
  return Object.fromEntries(
    Object.entries(view).map(([name, { current, versions, process }]) => [
      name,
      { current, versions, runs: process !== null },
    ]),
  );
}

/** Identity of each running program by unit. */
export function processesOf(view: DeviceView): Readonly<Record<string, string>> {
  const running = Object.entries(view).flatMap(([name, { process }]) =>
    process === null ? [] : [[name, process] as const],
  );
  return Object.fromEntries(running);
}

/** Programs that run for a device, whatever started them: keepers, and what stands beside them, left out. */
export async function programsIn(state: string): Promise<number> {
  const commands = await Promise.all(
    (await processesIn(state)).map((pid) => readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '')),
  );
  return commands.filter((command) => command.startsWith('sleep\0') || command.startsWith('sh\0')).length;
}

/** One variable of a running program; undefined: it has none of that name. */
export async function variableOf(
  process: string | null | undefined,
  name: string,
): Promise<string | undefined> {
  const [pid = ''] = (process ?? '').split(' ');
  const variables = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
  return variables.find((variable) => variable.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** Ends everything that runs for a device at once, keepers included, as a power cut would. */
export async function endPrograms(state: string): Promise<void> {
  await waitFor(async () => {
    const pids = await processesIn(state);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    return pids.length === 0;
  });
  await removeGroups(state);
}

function list(dir: string): Promise<readonly string[]> {
  return readdir(dir).catch(() => []);
}
