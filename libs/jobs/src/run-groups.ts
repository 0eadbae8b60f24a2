// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, errnoOf, FairleadError, ok, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import type { JobUnit } from '@fairlead/target';
import { boundControllers, planGroups, type GroupLimits, type PlannedGroup } from './group-plan.ts';
import { findParents } from './parent-groups.ts';

/** What a unit bounds. */
export function limitsOf(unit: JobUnit): GroupLimits {
  const { milliCpus = null, pids = null } = unit.attributes?.resources ?? {};
  return { memoryBytes: unit.memoryLimit, milliCpus, pids };
}

/** Name of the groups of one run. `salt` keeps agents on one machine apart. */
export function groupName(salt: string, unit: string, run: string): string {
  const hex = createHash('sha256').update(salt).digest('hex').slice(0, 8);
  return `fairlead-${hex}-${unit}-${run}`;
}

/** Which groups a run would have; refused by name where this device cannot bound what is to be bounded. */
export async function groupsFor(
  limits: GroupLimits,
  name: string,
): Promise<Result<readonly PlannedGroup[], StepFailure>> {
  const planned = planGroups(await findParents(boundControllers(limits)), name, limits);
  if (planned.ok) return planned;
  const what = planned.error.map((controller) => bounded[controller]).join(', ');
  return unsupported(
    `this device cannot bound the ${what} of a job: the agent has no control group for that`,
  );
}

const bounded = { memory: 'memory', cpu: 'processor time', pids: 'number of processes' } as const;

/** Makes the groups. One that bounds nothing may be missing: without it only what left the session is out of sight. */
export async function openGroups(
  groups: readonly PlannedGroup[],
): Promise<Result<readonly string[], StepFailure>> {
  const open: string[] = [];
  for (const { folder, settings } of groups) {
    try {
      await mkdir(folder, { recursive: true });
      for (const { file, value, optional } of settings) {
        await writeFile(join(folder, file), value).catch((error: unknown) => {
          if (!optional) throw error;
        });
      }
    } catch (error) {
      if (settings.length === 0) continue;
      await closeGroups([...open, folder]);
      return unsupported(`the limits of the job cannot be set: ${FairleadError.from(error).message}`);
    }
    open.push(folder);
  }
  return ok(open);
}

/** Makes the groups of a unit and removes them again, to see before anything is touched that this device can. */
export async function tryGroups(unit: JobUnit, salt: string): Promise<Result<void, StepFailure>> {
  const limits = limitsOf(unit);
  if (boundControllers(limits).length === 0) return ok();
  const planned = await groupsFor(limits, groupName(salt, unit.name, 'trial'));
  if (!planned.ok) return planned;
  const opened = await openGroups(planned.value);
  if (!opened.ok) return opened;
  await closeGroups(opened.value);
  return ok();
}

/** The file through which a process joins a group. */
export function procsFile(folder: string): string {
  return join(folder, 'cgroup.procs');
}

/** Numbers of the processes in these groups and below. */
export async function groupProcesses(folders: readonly string[]): Promise<readonly number[]> {
  const pids = new Set<number>();
  for (const folder of await withDescendants(folders)) {
    const text = await readFile(procsFile(folder), 'utf8').catch(() => '');
    for (const line of text.split('\n')) if (line !== '') pids.add(Number(line));
  }
  return [...pids];
}

/** Kills all that is in these groups at one blow, where the kernel can do that (version 2). */
export async function killGroups(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    // Not created where it is not there: it would be a file like any other.
    await writeFile(join(folder, 'cgroup.kill'), '1', { flag: 'r+' }).catch(() => undefined);
  }
}

/** True if the kernel killed something in these groups because they were out of memory. */
export async function ranOutOfMemory(folders: readonly string[]): Promise<boolean> {
  for (const folder of folders) {
    for (const file of ['memory.events', 'memory.oom_control']) {
      const text = await readFile(join(folder, file), 'utf8').catch(() => '');
      if (Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0) > 0) return true;
    }
  }
  return false;
}

/** Removes groups in which nothing runs any more; false: others stay. */
export async function closeGroups(folders: readonly string[]): Promise<boolean> {
  let areGone = true;
  for (const folder of (await withDescendants(folders)).toReversed()) {
    await rmdir(folder).catch((error: unknown) => {
      areGone &&= errnoOf(error) === 'ENOENT';
    });
  }
  return areGone;
}

/** Each before those below it: a job may make groups of its own. */
async function withDescendants(folders: readonly string[]): Promise<readonly string[]> {
  const all: string[] = [];
  for (const folder of folders) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    const below = entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
    all.push(folder, ...(await withDescendants(below)));
  }
  return all;
}

function unsupported(message: string): Result<never, StepFailure> {
  return err({ code: 'unsupported-feature', message });
}
