// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestHex } from '@fairlead/base';
import { unitDigest, type JobImage } from '@fairlead/target';
import { waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { createDevice, member, shellJob } from './device.fixture.ts';
import { serve, tarOf } from './image-host.fixture.ts';

describe('when files of a committed version are lost', () => {
  it('brings them back, and says so', async () => {
    const host = await serve();
    const device = await createDevice();
    const image: JobImage = {
      ...host.add('a.tar', await tarOf({ run: '#!/bin/sh\necho up; exec sleep 60\n' }), 'tar'),
      version: '1',
    };
    const unit = shellJob('', { program: '{{IMAGE}}/run', args: [], members: [{ ...member, image }] });
    await device.bring(unit);
    await waitFor(() => device.stdout() === 'up\n');
    await device.domain.clean(new Map([['job', [unitDigest(unit)]]]), device.signal);
    rmSync(join(device.dir, 'jobs/images'), { recursive: true });
    const committed = [{ unit, digest: unitDigest(unit), runs: true }];
    expect(await device.domain.heal(committed, device.signal)).toEqual([
      { name: 'job', message: 'files of its committed version were missing', healed: true },
    ]);
    expect(readdirSync(join(device.dir, 'jobs/images'))).toHaveLength(1);
    // Not tried at every look: it may have to be fetched from a host that is down.
    rmSync(join(device.dir, 'jobs/images'), { recursive: true });
    expect(await device.domain.heal(committed, device.signal)).toMatchObject([{ healed: false }]);
  });
});

describe('when the files of one unit are spoilt', () => {
  it('keeps the others up, and cleans away what is not theirs', async () => {
    const device = await createDevice();
    const [bad, good] = ['bad', 'good'].map((name) => shellJob('echo up; exec sleep 60', { name }));
    if (bad === undefined || good === undefined) return;
    await device.bring(bad);
    await device.bring(good);
    await waitFor(() => device.stdout('good') === 'up\n');
    const current = join(device.dir, 'jobs/units/bad/current');
    rmSync(current);
    mkdirSync(join(current, 'in the way'), { recursive: true });
    await device.domain.stopUnit('good', device.signal);

    const committed = [bad, good].map((unit) => ({ unit, digest: unitDigest(unit), runs: true }));
    expect(await device.domain.heal(committed, device.signal)).toEqual([
      {
        name: 'bad',
        message: expect.stringContaining('it cannot be looked after: ') as string,
        healed: false,
      },
      { name: 'good', message: 'was not running', healed: true },
    ]);
    await waitFor(() => device.stdout('good') === 'up\nup\n');

    writeFileSync(
      join(device.dir, 'jobs/units/good/versions', digestHex(unitDigest(good)), 'unit.json'),
      'spoilt',
    );
    await device.domain.stopUnit('bad', device.signal);
    await device.domain.clean(new Map([['good', [unitDigest(good)]]]), device.signal);
    expect(readdirSync(join(device.dir, 'jobs/units'))).toEqual(['good']);
  });
});
