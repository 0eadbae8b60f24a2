// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:fs';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { controllers, parseHierarchies, type Controller, type Hierarchy } from './cgroup-mounts.ts';
import type { ParentGroup } from './group-plan.ts';

/** How files of control groups are written; the kernel answers some writes with an error. */
export type GroupWriter = (path: string, value: string) => Promise<void>;

/** Name of the group that the agent moves to where it may not stay among the groups of its jobs. */
const agentLeaf = 'agent';

/** Where this process can make groups for runs, version 2 first. `wanted`: the controllers that must work in them. */
export async function findParents(wanted: readonly Controller[]): Promise<readonly ParentGroup[]> {
  const [mounts, own] = await Promise.all(
    ['mountinfo', 'cgroup'].map((name) => readFile(`/proc/self/${name}`, 'utf8').catch(() => '')),
  );
  return openParents(parseHierarchies(mounts ?? '', own ?? ''), wanted, process.pid, writeFile);
}

/** The same, for hierarchies that are told; `pid` is that of the process which is in their `own` groups. */
export async function openParents(
  hierarchies: readonly Hierarchy[],
  wanted: readonly Controller[],
  pid: number,
  write: GroupWriter,
): Promise<readonly ParentGroup[]> {
  const parents: ParentGroup[] = [];
  for (const hierarchy of hierarchies) {
    const { version, own } = hierarchy;
    const folder = version === 2 && basename(own) === agentLeaf ? dirname(own) : own;
    if (!(await isWritable(folder))) continue;
    const usable = version === 1 ? hierarchy.controllers : await handDown(folder, own, wanted, pid, write);
    parents.push({ version, folder, controllers: usable });
  }
  return parents;
}

/**
 * Has a group of version 2 hand controllers down to those below it, as far as `wanted` and as it has them, and tells which it does.
 * Only the topmost group may while it has processes (cgroups(7), "no internal processes"), so the agent goes to a leaf if it must.
 * Elsewhere the kernel would refuse memory and still take cpu and pids, for threads alone: no process could join a group below then.
 */
async function handDown(
  folder: string,
  own: string,
  wanted: readonly Controller[],
  pid: number,
  write: GroupWriter,
): Promise<readonly Controller[]> {
  const there = await namesIn(join(folder, 'cgroup.controllers'));
  const control = join(folder, 'cgroup.subtree_control');
  const handed = await namesIn(control);
  const missing = wanted.filter((name) => there.includes(name) && !handed.includes(name));
  if (missing.length === 0) return handed;
  if (own === folder && (await isCrowded(folder))) {
    const leaf = join(folder, agentLeaf);
    await mkdir(leaf, { recursive: true })
      .then(() => write(join(leaf, 'cgroup.procs'), String(pid)))
      .catch(() => undefined);
  }
  if (await isCrowded(folder)) return handed;
  for (const name of missing) await write(control, `+${name}`).catch(() => undefined);
  return namesIn(control);
}

/** True for a group with processes in it that is not the topmost, which alone has no type. */
async function isCrowded(folder: string): Promise<boolean> {
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8').catch(() => '');
  return (await read('cgroup.type')) !== '' && (await read('cgroup.procs')) !== '';
}

async function namesIn(path: string): Promise<readonly Controller[]> {
  const names = (await readFile(path, 'utf8').catch(() => '')).split(/\s+/);
  return controllers.filter((name) => names.includes(name));
}

async function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}
