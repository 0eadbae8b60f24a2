// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { planGroups, type GroupLimits, type ParentGroup } from './group-plan.ts';

const none: GroupLimits = { memoryBytes: null, milliCpus: null, pids: null };
const all: GroupLimits = { memoryBytes: 2 ** 25, milliCpus: 1_500, pids: 20 };
const unified: ParentGroup = { version: 2, folder: '/u', controllers: ['memory', 'cpu', 'pids'] };
const tracking: ParentGroup = { version: 2, folder: '/u', controllers: [] };
const memory: ParentGroup = { version: 1, folder: '/m', controllers: ['memory'] };
const cpu: ParentGroup = { version: 1, folder: '/c', controllers: ['cpu'] };
const pids: ParentGroup = { version: 1, folder: '/p', controllers: ['pids'] };

/** `<path>=<value>` for each setting, a `?` before those that may fail; a group without any by its path alone. */
function written(parents: readonly ParentGroup[], limits: GroupLimits): unknown {
  const planned = planGroups(parents, 'run', limits);
  if (!planned.ok) return planned.error;
  return planned.value.flatMap(({ folder, settings }) => [
    folder,
    ...settings.map(({ file, value, optional }) => `${optional ? '?' : ''}${file}=${value}`),
  ]);
}

describe('when the groups of a run are planned', () => {
  it('is one group that bounds everything, in version 2', () => {
    expect(written([unified], all)).toEqual([
      '/u/run',
      'memory.max=33554432',
      '?memory.swap.max=0',
      '?memory.oom.group=1',
      'cpu.max=150000 100000',
      'pids.max=20',
    ]);
  });

  it('is one in each hierarchy, and one that only tells who belongs to it, where both versions are there', () => {
    expect(written([tracking, cpu, memory, pids], all)).toEqual([
      '/u/run',
      '/c/run',
      'cpu.cfs_period_us=100000',
      'cpu.cfs_quota_us=150000',
      '/m/run',
      '?memory.memsw.limit_in_bytes=-1',
      'memory.limit_in_bytes=33554432',
      '?memory.memsw.limit_in_bytes=33554432',
      '/p/run',
      'pids.max=20',
    ]);
  });

  it('is the one that tells who belongs to it, where nothing is bounded', () => {
    expect(written([tracking, memory], none)).toEqual(['/u/run']);
    expect(written([], none)).toEqual([]);
  });

  it('says what the machine cannot bound', () => {
    expect(written([tracking, memory], all)).toEqual(['cpu', 'pids']);
  });

  it('gives the least share of a processor that the kernel takes', () => {
    expect(written([unified], { ...none, milliCpus: 1 })).toContain('cpu.max=1000 100000');
  });
});
