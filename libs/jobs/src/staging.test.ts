// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { digestHex } from '@fairlead/base';
import { unitDigest, type JobImage } from '@fairlead/target';
import { waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { createDevice, member, readText, shellJob } from './device.fixture.ts';
import { config, serve, tarOf } from './image-host.fixture.ts';

describe('when a unit has an image and configs', () => {
  it('runs from the image and finds its config files', async () => {
    const host = await serve();
    const device = await createDevice();
    const image: JobImage = {
      ...host.add(
        'image.tar',
        await tarOf({ run: '#!/bin/sh\necho "image $1"\ncat "$1/data" "$1/etc/more"\nsleep 60\n' }),
        'tar',
      ),
      version: '1',
    };
    const more = { ...host.add('more', Buffer.from('more\n'), 'file'), path: 'etc/more' };
    const used = config({ name: 'std', data: 'aW5saW5lCg==', encoding: 'base64', files: [more] });
    const unit = shellJob('', {
      program: './run',
      args: ['{{CONFIG}}'],
      members: [
        { ...member, image, configs: [config({ name: 'default', data: 'other' }), used], config: 'std' },
      ],
    });
    expect((await device.domain.estimate([unit], device.signal)).bytes).toBeGreaterThan(2 * image.size);
    await device.bring(unit);
    await waitFor(() => device.stdout().endsWith('more\n'));
    const folder = join(device.dir, 'jobs/units/job/versions', digestHex(unitDigest(unit)), 'configs/job');
    expect(device.stdout()).toBe(`image ${folder}/std\ninline\nmore\n`);
    expect(readText(join(folder, 'default/data'))).toBe('other');
    expect((await device.domain.estimate([unit], device.signal)).bytes).toBe(0);
  });

  it('stages beside what runs, touches nothing, and cleans up what is not kept', async () => {
    const host = await serve();
    const device = await createDevice();
    const [one, two] = await Promise.all(
      ['one', 'two'].map(async (text) => {
        const image: JobImage = {
          ...host.add(`${text}.tar`, await tarOf({ run: `#!/bin/sh\necho ${text}\nsleep 60\n` }), 'tar'),
          version: text,
        };
        return shellJob('', { program: '{{IMAGE}}/run', args: [], members: [{ ...member, image }] });
      }),
    );
    if (one === undefined || two === undefined) throw new Error('no units');
    await device.bring(one);
    await waitFor(() => device.stdout() === 'one\n');
    const running = device.process();
    expect(await device.domain.stage(two, device.signal)).toEqual({ ok: true });
    expect(await device.domain.stage(two, device.signal)).toEqual({ ok: true });
    expect(device.process()).toEqual(running);
    const [seen] = await device.domain.observe(device.signal);
    expect(seen).toMatchObject({ digest: unitDigest(one) });
    expect(new Set(seen?.staged)).toEqual(new Set([unitDigest(one), unitDigest(two)]));

    await device.bring(two);
    await waitFor(() => device.stdout() === 'one\ntwo\n');
    await device.domain.clean(new Map([['job', [unitDigest(one), unitDigest(two)]]]), device.signal);
    expect(readdirSync(join(device.dir, 'jobs/images'))).toHaveLength(2);
    // The way back needs no host.
    host.files.clear();
    await device.bring(one);
    await waitFor(() => device.stdout() === 'one\ntwo\none\n');
    await device.domain.clean(new Map([['job', [unitDigest(one)]]]), device.signal);
    expect(readdirSync(join(device.dir, 'jobs/images'))).toHaveLength(1);
    expect(readdirSync(join(device.dir, 'artifacts/sha256'))).toEqual([]);
    expect((await device.domain.observe(device.signal))[0]?.staged).toEqual([unitDigest(one)]);

    await device.domain.stopUnit('job', device.signal);
    await device.domain.switchUnit('job', null, device.signal);
    await device.domain.clean(new Map(), device.signal);
    expect(await device.domain.observe(device.signal)).toEqual([]);
    for (const folder of ['jobs/units/job', 'run/job', 'log/job'])
      expect(existsSync(join(device.dir, folder))).toBe(false);
  });

  it('fetches and unpacks once what units that are staged together share, and counts it once', async () => {
    const host = await serve();
    const device = await createDevice();
    const bytes = await tarOf({ run: '#!/bin/sh\necho up\nexec sleep 60\n' });
    const image: JobImage = { ...host.add('shared.tar', bytes, 'tar'), version: '1' };
    const units = ['a', 'b', 'c'].map((name) =>
      shellJob('', { name, program: '{{IMAGE}}/run', args: [], members: [{ ...member, name, image }] }),
    );
    const alone = (await device.domain.estimate(units.slice(0, 1), device.signal)).bytes;
    const together = (await device.domain.estimate(units, device.signal)).bytes;
    expect(together - alone).toBeLessThan(image.size);
    await Promise.all(units.map((unit) => device.bring(unit)));
    await waitFor(() => units.every(({ name }) => device.stdout(name) === 'up\n'));
    expect(host.asked).toEqual(['/shared.tar']);
    expect(readdirSync(join(device.dir, 'jobs/images'))).toHaveLength(1);
  });

  it('counts what an archive holds before it is unpacked, and keeps it while it waits for room', async () => {
    const host = await serve();
    const device = await createDevice({ settings: { reserveBytes: 2 ** 50 } });
    const archive = gzipSync(await tarOf({ run: 'x'.repeat(3_000_000) }));
    const image: JobImage = { ...host.add('a.tar.gz', archive, 'tar'), version: '1' };
    const unit = shellJob('', { members: [{ ...member, image }] });
    expect(await device.domain.stage(unit, device.signal)).toMatchObject({
      ok: false,
      error: { code: 'no-space', message: expect.stringContaining('2.9 MiB') as string },
    });
    expect(readdirSync(join(device.dir, 'jobs/images'))).toEqual([]);
    const { bytes } = await device.domain.estimate([unit], device.signal);
    expect(bytes).toBeGreaterThan(3_000_000);

    await device.domain.clean(new Map([['job', [unitDigest(unit)]]]), device.signal);
    expect(await device.domain.estimate([unit], device.signal)).toEqual({ bytes });
    await device.domain.clean(new Map(), device.signal);
    expect(readdirSync(join(device.dir, 'artifacts/sha256'))).toEqual([]);
  });

  it('refuses a version that is not staged, and says what could not be had', async () => {
    const host = await serve();
    const device = await createDevice();
    const gone = host.add('gone.tar', Buffer.from('x'), 'tar');
    host.files.clear();
    const unit = shellJob('', { members: [{ ...member, image: { ...gone, version: '1' } }] });
    expect(await device.domain.stage(unit, device.signal)).toMatchObject({
      ok: false,
      error: { code: 'artifact-unreachable' },
    });
    expect(await device.domain.switchUnit('job', unitDigest(unit), device.signal)).toMatchObject({
      ok: false,
    });
    expect(await device.condition()).toBe('unknown');
  });

  it('sees and repairs an edited config', async () => {
    const device = await createDevice();
    const unit = shellJob('echo up; sleep 60', {
      members: [{ ...member, configs: [config({ data: 'right' })], config: 'default' }],
    });
    await device.bring(unit);
    const committed = [{ unit, digest: unitDigest(unit), runs: true }];
    const path = join(device.dir, 'jobs/units/job/current/configs/job/default/data');
    expect(await device.domain.heal(committed, device.signal)).toEqual([]);
    writeFileSync(path, 'wrong');
    expect(await device.domain.heal(committed, device.signal)).toEqual([
      { name: 'job', message: 'config files were changed: job/default/data', healed: true },
    ]);
    expect(readText(path)).toBe('right');
    expect(await device.domain.heal(committed, device.signal)).toEqual([]);
  });
});

describe('when a unit cannot run here', () => {
  it.each([
    ['missing-secret', { env: { KEY: '{{secrets.api}}' } }],
    ['unsupported', { args: ['{{NOBODY}}'] }],
    ['unsupported', { args: ['{{IMAGE}}/x'] }],
    ['unsupported-feature', { chroot: { kind: 'image' } as const }],
    ['unsupported-feature', { user: 'nobody-of-that-name' }],
    [
      'config-invalid',
      { members: [{ ...member, configs: [config({ data: 'no base64!', encoding: 'base64' })] }] },
    ],
  ])('says %s before anything is fetched or stopped', async (code, changes) => {
    const device = await createDevice();
    expect(await device.domain.stage(shellJob('true', changes), device.signal)).toMatchObject({
      ok: false,
      error: { code },
    });
    expect((await device.domain.observe(device.signal)).flatMap((unit) => unit.staged)).toEqual([]);
  });
});
