// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { err, ok, type Result } from '@fairlead/base';
import { controllers, type Controller } from './cgroup-mounts.ts';

/** Upper bounds of what belongs to one run; null: none. */
export interface GroupLimits {
  readonly memoryBytes: number | null;
  /** Thousandths of a core. */
  readonly milliCpus: number | null;
  readonly pids: number | null;
}

/** A group below which the groups of runs can be made. */
export interface ParentGroup {
  readonly version: 1 | 2;
  readonly folder: string;
  /** Those that a group below it can bound. */
  readonly controllers: readonly Controller[];
}

/** A control group to be made, and what is to be written into its files, in order. */
export interface PlannedGroup {
  readonly folder: string;
  readonly settings: readonly GroupSetting[];
}

interface GroupSetting {
  readonly file: string;
  readonly value: string;
  /** The kernel may have been built without it; the bound holds all the same. */
  readonly optional: boolean;
}

/**
 * The groups of one run: one wherever something is bounded, and one that tells what belongs to the run whatever session it is in.
 * Fails with the controllers that are asked for and that no parent has.
 */
export function planGroups(
  parents: readonly ParentGroup[],
  name: string,
  limits: GroupLimits,
): Result<readonly PlannedGroup[], readonly Controller[]> {
  const wanted = boundControllers(limits);
  const missing = wanted.filter((controller) => parentOf(controller, parents) === undefined);
  if (missing.length > 0) return err(missing);
  const [tracking] = parents;
  return ok(
    parents.flatMap((parent): readonly PlannedGroup[] => {
      const here = wanted.filter((controller) => parentOf(controller, parents) === parent);
      if (here.length === 0 && parent !== tracking) return [];
      const settings = here.flatMap((controller) =>
        settingsOf(controller, boundOf(controller, limits) ?? 0, parent.version),
      );
      return [{ folder: join(parent.folder, name), settings }];
    }),
  );
}

/** Those that must work for these limits. */
export function boundControllers(limits: GroupLimits): readonly Controller[] {
  return controllers.filter((controller) => boundOf(controller, limits) !== null);
}

function parentOf(controller: Controller, parents: readonly ParentGroup[]): ParentGroup | undefined {
  return parents.find((parent) => parent.controllers.includes(controller));
}

function boundOf(controller: Controller, limits: GroupLimits): number | null {
  switch (controller) {
    case 'memory':
      return limits.memoryBytes;
    case 'cpu':
      return limits.milliCpus;
    case 'pids':
      return limits.pids;
  }
}

/** Period of the CPU bound, in microseconds: the kernel's default. */
const cpuPeriod = 100_000;
/** The kernel takes no shorter share of a period, in microseconds. */
const leastQuota = 1_000;

function settingsOf(controller: Controller, bound: number, version: 1 | 2): readonly GroupSetting[] {
  const must = (file: string, value: number | string): GroupSetting => ({
    file,
    value: String(value),
    optional: false,
  });
  const may = (file: string, value: number | string): GroupSetting => ({
    ...must(file, value),
    optional: true,
  });
  const quota = Math.max(leastQuota, Math.round((bound * cpuPeriod) / 1000));
  switch (controller) {
    case 'memory':
      return version === 2
        ? // Dies as one: a job that lost one process among many is in no state that anyone meant.
          [must('memory.max', bound), may('memory.swap.max', 0), may('memory.oom.group', 1)]
        : // Memory with swap may never be bounded below memory alone, so it is lifted first.
          [
            may('memory.memsw.limit_in_bytes', -1),
            must('memory.limit_in_bytes', bound),
            may('memory.memsw.limit_in_bytes', bound),
          ];
    case 'cpu':
      return version === 2
        ? [must('cpu.max', `${String(quota)} ${String(cpuPeriod)}`)]
        : [must('cpu.cfs_period_us', cpuPeriod), must('cpu.cfs_quota_us', quota)];
    case 'pids':
      return [must('pids.max', bound)];
  }
}
