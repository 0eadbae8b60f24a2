// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { mkdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import type { JobUnit } from '@fairlead/target';
import { limitMemory, memoryParent } from './memory-limit.ts';
import { ownGroups } from './own-groups.ts';

/** Folders of the control groups that a unit may have, whether they are there or not. `salt` keeps agents on one machine apart. */
export async function unitGroups(salt: string, unit: string): Promise<readonly string[]> {
  return (await ownGroups()).map((own) => groupFolder(own.folder, salt, unit));
}

export function groupFolder(parent: string, salt: string, unit: string): string {
  const hex = createHash('sha256').update(salt).digest('hex').slice(0, 8);
  return join(parent, `fairlead-${hex}-${unit}`);
}

/**
 * Makes the groups for a run and returns the files through which it joins them: one that tells what belongs to it, whatever
 * session that is in, wherever groups can be made; one that limits its memory, where it asks for that.
 */
export async function openUnitGroups(
  unit: JobUnit,
  salt: string,
): Promise<Result<readonly string[], StepFailure>> {
  const folders = new Set<string>();
  const tracking = (await ownGroups()).find((own) => own.version === 2);
  if (tracking !== undefined) {
    const folder = groupFolder(tracking.folder, salt, unit.name);
    // Nothing that was asked for hangs on it: without it what left the session is out of sight.
    if (
      await mkdir(folder, { recursive: true }).then(
        () => true,
        () => false,
      )
    )
      folders.add(folder);
  }
  if (unit.memoryLimit !== null) {
    const parent = await memoryParent();
    if (parent === null) return unsupported('this device has no memory limits that the agent may set');
    const folder = groupFolder(parent.folder, salt, unit.name);
    try {
      await limitMemory(parent, folder, unit.memoryLimit);
    } catch (error) {
      return unsupported(
        `the memory limit cannot be set: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    folders.add(folder);
  }
  return ok([...folders].map(procsFile));
}

/** Numbers of the processes in these groups. */
export async function groupProcesses(folders: readonly string[]): Promise<readonly number[]> {
  const lists = await Promise.all(
    folders.map((folder) => readFile(procsFile(folder), 'utf8').catch(() => '')),
  );
  return [
    ...new Set(
      lists.flatMap((list) =>
        list
          .split('\n')
          .filter((line) => line !== '')
          .map(Number),
      ),
    ),
  ];
}

/** Removes groups in which nothing runs any more; others stay. */
export async function closeGroups(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rmdir(folder).catch(() => undefined);
}

function procsFile(folder: string): string {
  return join(folder, 'cgroup.procs');
}

function unsupported(message: string): Result<never, StepFailure> {
  return err({ code: 'unsupported-feature', message });
}
