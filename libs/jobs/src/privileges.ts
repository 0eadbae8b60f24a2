// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { err, ok, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import type { JobUnit } from '@fairlead/target';
import { locateProgram } from './program-lookup.ts';

/** As whom a job runs, where not as the agent. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
  /** Name of the user; null: only a group was asked for, and there are no further groups. */
  readonly user: string | null;
}

/** As whom a unit runs; null: as the agent. Refused as `unsupported-feature` where the agent cannot do that. */
export async function privilegesOf(unit: JobUnit): Promise<Result<RunAs | null, StepFailure>> {
  if (unit.user === null && unit.group === null) return ok(null);
  const user = unit.user === null ? null : await lookUp('/etc/passwd', unit.user);
  const group = unit.group === null ? null : await lookUp('/etc/group', unit.group);
  if (unit.user !== null && user === null) return unsupported(`this device has no user '${unit.user}'`);
  if (unit.group !== null && group === null) return unsupported(`this device has no group '${unit.group}'`);
  const agent = userInfo();
  const uid = user?.id ?? agent.uid;
  const gid = group?.id ?? user?.gid ?? agent.gid;
  if (uid === agent.uid && gid === agent.gid) return ok(null);
  if (agent.uid !== 0) return unsupported('only an agent that runs as root can start a job as another user');
  return ok({ uid, gid, user: user?.name ?? null });
}

/**
 * The command that takes on identity and root folder before it starts its arguments; empty: those of the agent are right. `root`: see
 * `rootFolder`.
 */
export async function launchPrefix(
  identity: RunAs | null,
  root: string | null,
  searchPath: readonly string[],
): Promise<Result<readonly string[], StepFailure>> {
  if (root !== null) return chrootPrefix(identity, root, searchPath);
  if (identity === null) return ok([]);
  const setpriv = await locateProgram('setpriv', '/', searchPath);
  if (!setpriv.ok) return unsupported("'setpriv' (util-linux) is not on this device");
  const groups = identity.user === null ? '--clear-groups' : '--init-groups';
  const { uid, gid } = identity;
  return ok([setpriv.value, `--reuid=${String(uid)}`, `--regid=${String(gid)}`, groups, '--']);
}

/** chroot(1) changes both, since it takes rights that the job shall not have. It would look for groups in the root folder. */
async function chrootPrefix(
  identity: RunAs | null,
  root: string,
  searchPath: readonly string[],
): Promise<Result<readonly string[], StepFailure>> {
  const chroot = await locateProgram('chroot', '/', searchPath);
  if (!chroot.ok) return unsupported("'chroot' (coreutils) is not on this device");
  if (identity === null) return ok([chroot.value, root]);
  const groups = (await groupsOf(identity)).map(String).join(',');
  const { uid, gid } = identity;
  return ok([chroot.value, `--userspec=${String(uid)}:${String(gid)}`, `--groups=${groups}`, root]);
}

/** Numbers of the groups that a user is in, by group(5). */
async function groupsOf({ user, gid }: RunAs): Promise<readonly number[]> {
  if (user === null) return [];
  const lines = (await readFile('/etc/group', 'utf8').catch(() => '')).split('\n');
  const further = lines
    .map((line) => line.split(':'))
    .filter(([, , , members = '']) => members.split(',').includes(user))
    .map(([, , id]) => Number(id));
  return [...new Set([gid, ...further])];
}

/** An entry of passwd(5) or group(5) by name or number. */
async function lookUp(
  file: string,
  wanted: string,
): Promise<{ readonly name: string; readonly id: number; readonly gid: number } | null> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  const fields = lines
    .map((line) => line.split(':'))
    .find(([name, , id]) => name === wanted || id === wanted);
  if (fields === undefined) return null;
  return { name: fields[0] ?? '', id: Number(fields[2]), gid: Number(fields[3]) };
}

function unsupported(message: string): Result<never, StepFailure> {
  return err({ code: 'unsupported-feature', message });
}
