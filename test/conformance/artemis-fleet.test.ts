// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDevicesFile, parseFleetFile } from '@fairlead/spec';
import { conformanceDir } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';

const examples = join(conformanceDir() ?? '', 'artemis/examples');
const fleets = readdirSync(examples, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe.each(fleets)('when the fleet %s of Artemis is read', (name) => {
  const read = (file: string): Buffer => readFileSync(join(examples, name, file));

  it('is valid as it is, and kept as it is', () => {
    const fleet = parseFleetFile(read('fleet.json'));
    expect(fleet.problems).toEqual([]);
    expect(fleet.value).toEqual(JSON.parse(read('fleet.json').toString('utf8')));
  });

  it('lists its devices', () => {
    const devices = parseDevicesFile(read('devices.json'));
    expect(devices.problems).toEqual([]);
    expect(devices.value?.map(({ id }) => id)).toEqual(
      Object.keys(JSON.parse(read('devices.json').toString('utf8')) as object),
    );
  });
});
