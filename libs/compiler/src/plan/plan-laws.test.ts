// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commitOf, deviceA, deviceB, deviceC, fleetId, targetOf, type Files } from '../commit.fixture.ts';
import type { Compiled } from '../compile-types.ts';
import { createCompiler } from '../compiler.ts';
import { planFleet, type FleetPlan } from './plan-fleet.ts';

const jobNames = ['a', 'b', 'c'] as const;
const groupNames = ['north', 'south'] as const;

const job = fc.record({
  version: fc.nat(1),
  dependent: fc.boolean(),
  image: fc.option(fc.nat(1)),
});

/** Jobs by name; each requires those before it. */
const running = fc.dictionary(fc.constantFrom(...jobNames), job, { maxKeys: 3 }).map((jobs) => {
  const names = Object.keys(jobs).sort();
  return {
    config: 'running',
    jobs: names.map((name, index) => ({
      job: name,
      exec_cmd: '/run',
      exec_args: [String(jobs[name]!.version), '{{vars.PLACE}}'],
      depends_on: names.slice(0, index),
      restart_on_dependency_fail: jobs[name]!.dependent,
    })),
    images: names.flatMap((name) => {
      const { image } = jobs[name]!;
      if (image === null) return [];
      const value = String(image).repeat(64);
      const checksum = { type: 'sha256sum', value };
      return [
        { job: name, version: '1', url: 'https://x.example/i', size: 7, checksum, image_type: 'tarball' },
      ];
    }),
  };
});

const device = fc.record({
  group: fc.constantFrom(...groupNames),
  vars: fc.record({ PLACE: fc.constantFrom('x', 'y') }),
});

/** A fleet of up to three devices, some of which differ by a variable. */
const fleets: fc.Arbitrary<Files> = fc
  .tuple(running, running, fc.dictionary(fc.constantFrom(deviceA, deviceB, deviceC), device))
  .map(([north, south, devices]) => ({
    'fleet.json': {
      id: fleetId,
      vars: { PLACE: 'z' },
      groups: { north: { 'running-config': ['n.json'] }, south: { 'running-config': ['s.json'] } },
    },
    'devices.json': devices,
    'trust/root/1.json': {},
    'n.json': north,
    's.json': south,
  }));

async function compiled(files: Files): Promise<Compiled> {
  const result = await createCompiler().compile(commitOf(files));
  if (result.kind === 'refused') throw new Error(JSON.stringify(result.diagnostics));
  return result;
}

/** Group and target of each device, once a plan was followed. */
function follow(before: Compiled, plan: FleetPlan): ReadonlyMap<string, readonly [string, string]> {
  const devices = new Map(
    [...before.devices].map(([id, { group, target }]) => [id, [group, target] as const]),
  );
  for (const { id } of plan.leaving) devices.delete(id);
  for (const [group, { changes }] of plan.groups) {
    for (const change of changes) {
      for (const id of change.devices) {
        expect(devices.get(id) ?? [null, null]).toEqual([change.from, change.before]);
        devices.set(id, [group, change.after]);
      }
    }
  }
  return new Map([...devices].sort());
}

const placesOf = ({ devices }: Compiled): ReadonlyMap<string, readonly [string, string]> =>
  new Map([...devices].map(([id, { group, target }]) => [id, [group, target]]));

describe('the plan from one fleet to another', () => {
  it('leads from the one to the other, device by device and unit by unit', async () => {
    await fc.assert(
      fc.asyncProperty(fleets, fleets, async (a, b) => {
        const [before, after] = [await compiled(a), await compiled(b)];
        const plan = planFleet(before, after);
        expect(follow(before, plan)).toEqual(placesOf(after));
        expect(plan.root).toBe(after.manifest.root);
        for (const { changes } of plan.groups.values()) {
          for (const { devices, kind, plan: target } of changes) {
            const [id = ''] = devices;
            const old = kind === 'joins' ? [] : targetOf(before, id).units;
            const units = new Map(old.map((unit) => [`${unit.domain}/${unit.name}`, unit]));
            for (const { unit, after: now } of target.units) {
              if (now === null) units.delete(unit);
              else units.set(unit, now);
            }
            expect([...units].sort()).toEqual(
              targetOf(after, id).units.map((unit) => [`${unit.domain}/${unit.name}`, unit]),
            );
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is empty where nothing changes, in whatever order the files stand', async () => {
    await fc.assert(
      fc.asyncProperty(fleets, async (files) => {
        const turned = Object.fromEntries(Object.entries(files).toReversed());
        const [before, after] = [await compiled(files), await compiled(turned)];
        const plan = planFleet(before, after);
        expect({ groups: [...plan.groups], leaving: plan.leaving, unchanged: plan.unchanged }).toEqual({
          groups: [],
          leaving: [],
          unchanged: plan.devices,
        });
      }),
      { numRuns: 30 },
    );
  });

  it('counts every device of the fleet once', async () => {
    await fc.assert(
      fc.asyncProperty(fleets, fleets, async (a, b) => {
        const [before, after] = [await compiled(a), await compiled(b)];
        const plan = planFleet(before, after);
        const changes = [...plan.groups.values()].flatMap((group) => group.changes);
        const offered = changes.filter((change) => change.before !== change.after);
        expect(offered.flatMap(({ devices }) => devices).length + plan.unchanged).toBe(after.devices.size);
      }),
      { numRuns: 30 },
    );
  });
});
