// SPDX-License-Identifier: Apache-2.0
import { programs, type DemoDevice } from '@fairlead/fleet-example';
import { startProgram, type RunningProgram } from '@fairlead/testing';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { quickFlags, type Lab } from './lab.fixture.ts';

/** An ordinary user may have mounts of its own only within a user namespace, which some systems forbid. */
const flags = process.getuid?.() === 0 ? ['-m'] : ['-r', '-m'];

/** Whether this machine lets us show a process another boot id, and so pretend that it runs on another machine or after a reboot. */
export const canMakeMachines = spawnSync('unshare', [...flags, 'true']).status === 0;

/** Starts an agent whose kernel names this boot `bootId`. Its device has joined before. */
export async function startOnMachine(
  lab: Lab,
  bootId: string,
  device: DemoDevice = lab.device,
): Promise<RunningProgram> {
  const { dir } = lab.fleet;
  const file = join(dir, `boot-${bootId}`);
  await writeFile(file, `${bootId}\n`);
  const script = 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"';
  const own = ['--state', lab.fleet.stateOf(device), '--server', lab.server().grpc, ...quickFlags];
  return startProgram(
    'unshare',
    [...flags, 'sh', '-c', script, file, process.execPath, programs.agent, ...own],
    {
      cwd: dir,
      env: { PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` },
    },
  );
}
