// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainAttributes, type JobUnit } from '@fairlead/target';
import { waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { controllers } from './cgroup-mounts.ts';
import { createDevice, shellJob, type Device } from './device.fixture.ts';
import { findParents } from './parent-groups.ts';
import { newestRun, runGroups } from './run-folder.ts';

const parents = await findParents(controllers);
const canBound = controllers.every((name) => parents.some((parent) => parent.controllers.includes(name)));

const bounded = (script: string, limits: { memory?: number; milliCpus?: number; pids?: number }): JobUnit =>
  shellJob(script, {
    memoryLimit: limits.memory ?? null,
    attributes: {
      ...plainAttributes,
      resources: { memoryBytes: null, milliCpus: limits.milliCpus ?? null, pids: limits.pids ?? null },
    },
  });

const groupsOf = async (device: Device): Promise<readonly string[]> => {
  const run = await newestRun(join(device.dir, 'run/job'));
  return run === null ? [] : runGroups(run);
};
const read = (groups: readonly string[], file: string): string | undefined =>
  groups
    .map((group) => join(group, file))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8').trim())[0];

const greedy = 'x=$(head -c 200000000 /dev/zero | tr "\\0" x); echo "${#x}"';

// One of the two holds on every machine, so neither is skipped.
if (!canBound) {
  describe('when this device can bound nothing', () => {
    it('refuses limits by name before anything is staged', async () => {
      const device = await createDevice();
      const unit = bounded('exec sleep 60', { memory: 2 ** 25, milliCpus: 500, pids: 9 });
      expect(await device.domain.stage(unit, device.signal)).toMatchObject({
        ok: false,
        error: { code: 'unsupported-feature', message: expect.stringContaining('cannot bound') as string },
      });
      expect(existsSync(join(device.dir, 'jobs/units/job'))).toBe(false);
    });
  });
}

if (canBound) {
  describe('when a job has limits', () => {
    it('has them, in groups of this run, which the next agent finds and which go with the run', async () => {
      const device = await createDevice();
      await device.bring(bounded('exec sleep 60', { memory: 2 ** 25, milliCpus: 500, pids: 9 }));
      const groups = await groupsOf(device);
      expect(groups.length).toBeGreaterThan(0);
      for (const group of groups) {
        expect(group).toMatch(/\/fairlead-[0-9a-f]{8}-job-1$/);
        await waitFor(() => read([group], 'cgroup.procs') === String(device.process()?.pid));
      }
      expect(read(groups, 'memory.limit_in_bytes') ?? read(groups, 'memory.max')).toBe(String(2 ** 25));
      expect(read(groups, 'cpu.cfs_quota_us') ?? read(groups, 'cpu.max')).toMatch(/^50000\b/);
      expect(read(groups, 'pids.max')).toBe('9');

      const next = await device.next();
      expect(groups.filter((group) => !existsSync(group))).toEqual([]);
      await next.stopUnit('job', device.signal);
      expect(groups.filter((group) => existsSync(group))).toEqual([]);
    });

    it('cannot have more processes than it may', async () => {
      const device = await createDevice();
      await device.bring(bounded('for i in 1 2 3 4 5 6; do sleep 60 & done; wait', { pids: 3 }));
      await waitFor(() => /fork|resource/i.test(device.stderr()));
    });

    it('is known to have taken too much memory if it is killed for that, also when nobody was there', async () => {
      const device = await createDevice();
      await device.bring(bounded(`while [ ! -e go ]; do sleep 0.02; done; ${greedy}`, { memory: 2 ** 24 }));
      await device.domain.stop();
      const { writeFile } = await import('node:fs/promises');
      await writeFile(join(device.dir, 'jobs/units/job/work/go'), '');
      const run = await newestRun(join(device.dir, 'run/job'));
      await waitFor(() => existsSync(join(run?.folder ?? '', 'exit')));

      const next = await device.next();
      const ended = await waitFor(async () => {
        const [unit] = await next.observe(device.signal);
        return unit?.condition.kind === 'failed' && unit.condition;
      });
      expect(ended).toMatchObject({ code: 'out-of-memory' });
      await waitFor(async () => (await groupsOf(device)).every((group) => !existsSync(group)));
    });

    it('is known also if only what it had started was killed', async () => {
      const device = await createDevice();
      await device.bring(bounded(`sh -c '${greedy}'; exit 3`, { memory: 2 ** 24 }));
      await waitFor(async () => (await device.condition()) === 'failed');
      const [unit] = await device.domain.observe(device.signal);
      expect(unit?.condition).toMatchObject({ code: 'out-of-memory' });
    });

    it('is not said to have taken too much if it fails for another reason', async () => {
      const device = await createDevice();
      await device.bring(bounded('kill -KILL $$', { memory: 2 ** 24 }));
      await waitFor(async () => (await device.condition()) === 'failed');
      const [unit] = await device.domain.observe(device.signal);
      expect(unit?.condition).toMatchObject({ code: 'unit-ended', message: 'ended with signal 9' });
    });
  });
}
