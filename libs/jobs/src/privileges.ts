// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { err, ok, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import type { JobUnit } from '@fairlead/target';
import { locateProgram } from './program-lookup.ts';

export interface Privileges {
  /** Command that takes on user and group before it starts its arguments; empty: the agent's own are right. */
  readonly prefix: readonly string[];
  /** Who must be able to write the working folder; null: the agent. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

const own: Privileges = { prefix: [], owner: null };

/** How a unit gets the user and group that it asks for; refused as `unsupported-feature` where the agent cannot give them. */
export async function privilegesOf(
  unit: JobUnit,
  searchPath: readonly string[],
): Promise<Result<Privileges, StepFailure>> {
  if (unit.chroot.kind !== 'none')
    return unsupported('running a job in a chroot is not supported by this agent');
  if (unit.user === null && unit.group === null) return ok(own);
  const user = unit.user === null ? null : await lookUp('/etc/passwd', unit.user);
  const group = unit.group === null ? null : await lookUp('/etc/group', unit.group);
  if (unit.user !== null && user === null) return unsupported(`this device has no user '${unit.user}'`);
  if (unit.group !== null && group === null) return unsupported(`this device has no group '${unit.group}'`);
  const agent = userInfo();
  const uid = user?.id ?? agent.uid;
  const gid = group?.id ?? user?.gid ?? agent.gid;
  if (uid === agent.uid && gid === agent.gid) return ok(own);
  if (agent.uid !== 0) return unsupported('only an agent that runs as root can start a job as another user');
  const setpriv = await locateProgram('setpriv', '/', searchPath);
  if (!setpriv.ok) return unsupported("'setpriv' (util-linux) is not on this device");
  const groups = user === null ? '--clear-groups' : '--init-groups';
  return ok({
    prefix: [setpriv.value, `--reuid=${String(uid)}`, `--regid=${String(gid)}`, groups, '--'],
    owner: { uid, gid },
  });
}

/** An entry of passwd(5) or group(5) by name or number. */
async function lookUp(
  file: string,
  wanted: string,
): Promise<{ readonly id: number; readonly gid: number } | null> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  const fields = lines
    .map((line) => line.split(':'))
    .find(([name, , id]) => name === wanted || id === wanted);
  return fields === undefined ? null : { id: Number(fields[2]), gid: Number(fields[3]) };
}

function unsupported(message: string): Result<never, StepFailure> {
  return err({ code: 'unsupported-feature', message });
}
