// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  commitOf,
  compiledOf,
  deviceA,
  deviceB,
  deviceC,
  fleet,
  image,
  sha,
  type Files,
} from '../commit.fixture.ts';
import { planFleet, trustChanges, type FleetPlan } from './plan-fleet.ts';

async function planOf(before: Files | null, after: Files): Promise<FleetPlan> {
  return planFleet(before === null ? null : await compiledOf(before), await compiledOf(after));
}

/** `kind from>group devices: unit change fields effect because, …`. */
function lines({ groups }: FleetPlan): readonly string[] {
  return [...groups].flatMap(([name, { changes }]) =>
    changes.map(({ kind, from, devices, plan }) => {
      const units = plan.units.map(({ unit, change, fields, effect, because }) =>
        [unit, change, ...fields, effect, ...because].join(' '),
      );
      return `${kind} ${from ?? ''}>${name} ${devices.length}: ${units.join(', ')}`;
    }),
  );
}

const north = (...jobs: readonly object[]): object => ({ 'running/n.json': { config: 'running', jobs } });
const a = { job: 'a', exec_cmd: '/n' };
const b = { job: 'b', exec_cmd: '/b', depends_on: ['a'] };

describe('when a running config changes', () => {
  it('says what is added, changed and removed in its group alone', async () => {
    const after = { ...fleet, ...north({ ...a, exec_args: ['x'], restart_limit: 3, restart: true }, b) };
    expect(lines(await planOf(fleet, after))).toEqual([
      'updates north>north 1: jobs/a changed exec_args restart restart_limit restarts, jobs/b added starts',
    ]);
    expect(lines(await planOf(after, fleet))[0]).toContain('jobs/b removed stops');
  });

  it('says what is restarted because of it, as the device does', async () => {
    const dependent = { ...b, restart_on_dependency_fail: true };
    const [before, after] = [
      { ...fleet, ...north(a, dependent) },
      { ...fleet, ...north({ ...a, exec_args: ['x'] }, dependent) },
    ];
    expect(lines(await planOf(before, after))).toEqual([
      'updates north>north 1: jobs/a changed exec_args restarts, jobs/b restarted restarts a',
    ]);
    const patient = [
      { ...fleet, ...north(a, b) },
      { ...fleet, ...north({ ...a, exec_args: ['x'] }, b) },
    ] as const;
    expect(lines(await planOf(...patient))).toEqual([
      'updates north>north 1: jobs/a changed exec_args restarts',
    ]);
  });

  it('says of what is disabled that it stops, with all that cannot run without it', async () => {
    const dependent = { ...b, restart_on_dependency_fail: true };
    const [before, after] = [
      { ...fleet, ...north(a, dependent) },
      { ...fleet, ...north({ ...a, disabled: true }, dependent) },
    ];
    expect(lines(await planOf(before, after))).toEqual([
      'updates north>north 1: jobs/a changed disabled stops, jobs/b restarted stops a',
    ]);
    expect(lines(await planOf(after, before))).toEqual([
      'updates north>north 1: jobs/a changed disabled starts, jobs/b restarted starts a',
    ]);
  });

  it('counts what each device downloads once, and only what it lacks', async () => {
    const withImages = (...images: readonly object[]): Files => ({
      ...fleet,
      'running/s.json': {
        config: 'running',
        jobs: [
          { job: 'a', exec_cmd: '/a' },
          { job: 'b', exec_cmd: '/b' },
        ],
        images,
      },
    });
    const other = { checksum: { type: 'sha256sum', value: sha.replace('c', 'd') }, size: 30 };
    const before = withImages(image('a'));
    const plan = await planOf(before, withImages(image('a'), image('b', other)));
    // Two devices: nobody downloads the image of `a` again.
    expect(plan.groups.get('south')).toMatchObject({
      devices: 2,
      bytes: 60,
      changes: [{ plan: { bytes: 30 } }],
    });
    const twice = await planOf(fleet, withImages(image('a', other), image('b', other)));
    expect(twice.groups.get('south')?.bytes).toBe(60);
  });
});

describe('when devices come, move and go', () => {
  it('says who does', async () => {
    const before = { ...fleet, 'devices.json': { [deviceC]: { group: 'south' } } };
    const after = {
      ...fleet,
      'devices.json': { [deviceA]: { group: 'north' } },
      'devices/more/x.json': { [deviceB]: { group: 'idle' } },
    };
    const plan = await planOf(before, after);
    expect(lines(plan)).toEqual([
      'moves south>idle 1: jobs/a removed stops',
      'joins >north 1: jobs/a added starts',
    ]);
    expect(plan.leaving).toEqual([{ id: deviceC, name: null, group: 'south', units: ['jobs/a'] }]);
  });

  it('offers nothing to a device that moves to a group with the same target', async () => {
    const same = { ...fleet, 'running/s.json': { config: 'running', jobs: [a] } };
    const after = {
      ...same,
      'devices.json': { [deviceC]: { group: 'north' }, [deviceA]: { group: 'north' } },
    };
    const plan = await planOf(same, after);
    expect([lines(plan), plan.unchanged]).toEqual([['moves south>north 1: '], 3]);
  });

  it('takes every device for new where nothing is deployed', async () => {
    const plan = await planOf(null, fleet);
    expect([lines(plan).length, plan.unchanged, plan.edition]).toEqual([2, 0, { before: null, after: 1 }]);
  });
});

describe('when files of trust/ change', () => {
  it('names them', () => {
    const before = commitOf({ 'trust/root/1.json': {}, 'trust/allowed_signers': 'x', 'a.json': {} }).files;
    const after = commitOf({
      'trust/root/1.json': {},
      'trust/root/2.json': {},
      'trust/history.json': {},
    }).files;
    expect(trustChanges(before, after)).toEqual([
      { path: 'trust/allowed_signers', change: 'removed' },
      { path: 'trust/history.json', change: 'added' },
      { path: 'trust/root/2.json', change: 'added' },
    ]);
  });
});
