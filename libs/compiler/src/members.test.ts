// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { compiledOf, deviceA, deviceB, diagnosticsOf, fleet, targetOf } from './commit.fixture.ts';

describe('when devices have names', () => {
  const told = async (first: object, second: object) =>
    (
      await diagnosticsOf({
        ...fleet,
        'devices.json': { [deviceA]: { group: 'north', ...first } },
        'devices/more/x.json': { [deviceB]: { group: 'south', ...second } },
      })
    ).map(
      ({ severity, code, file, line, message }) => `${severity} ${code} ${file}:${String(line)} ${message}`,
    );

  it('warns of one name for two, alias or not, with both places', async () => {
    expect(await told({ name: 'lamp' }, { name: 'x', aliases: ['y', 'lamp'] })).toEqual([
      `warning ambiguous-name devices/more/x.json:7 'lamp' names the device ${deviceA} too (the other: devices.json:2:43)`,
    ]);
    expect(await told({ name: 'lamp', aliases: ['lamp'] }, { name: 'Lamp' })).toEqual([]);
  });

  it('names the device that is in no group by both', async () => {
    expect(await told({ name: 'lamp', group: 'nroth' }, {})).toEqual([
      `error group-undefined devices.json:3 the device ${deviceA} (lamp) is in group 'nroth', which does not exist`,
    ]);
  });
});

describe('when a group says when it is applied', () => {
  const apply = { window: '0  3 * * SAT', duration: '2h', zone: 'Europe/Berlin' };

  it('stands in the target of its devices, and in no other', async () => {
    const groups = (north: object) => ({
      north: { 'running-config': ['./running/n.json'], ...north },
      south: { 'running-config': ['running/s.json'] },
    });
    const before = await compiledOf(fleet);
    const { id } = fleet['fleet.json'] as { readonly id: string };
    const after = await compiledOf({ ...fleet, 'fleet.json': { id, groups: groups({ apply }) } });
    expect(targetOf(after)).toMatchObject({
      format: 2,
      settings: {
        apply: { kind: 'window', cron: '0 3 * * SAT', durationMs: 7_200_000, zone: 'Europe/Berlin' },
      },
    });
    expect(after.targets.get(deviceB)).toBe(before.targets.get(deviceB));
    const now = await compiledOf({ ...fleet, 'fleet.json': { id, groups: groups({ apply: 'now' }) } });
    expect(now.targets).toEqual(before.targets);
  });
});
