// SPDX-License-Identifier: Apache-2.0
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { digestHex } from '@fairlead/base';
import { unitDigest, type JobImage, type JobUnit } from '@fairlead/target';
import { tempDir, waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { createDevice, member, readText, shellJob, type Device } from './device.fixture.ts';
import { createImageDrift } from './image-drift.ts';
import { serve, tarOf } from './image-host.fixture.ts';
import { recordImage } from './image-record.ts';
import { createLayout } from './layout.ts';

const run = '#!/bin/sh\necho up\nexec sleep 60\n';

interface Imaged {
  readonly device: Device;
  readonly host: Awaited<ReturnType<typeof serve>>;
  readonly unit: JobUnit;
  /** Where its image is unpacked. */
  readonly folder: string;
  heal(mode?: 'heal' | 'report'): ReturnType<Device['domain']['heal']>;
}

/** A running job `job` with an image, and another without one; nothing is left in the store. */
async function runImaged(): Promise<Imaged> {
  const [host, device] = [await serve(), await createDevice()];
  const archive = await tarOf({ run, 'lib/data': 'data', 'lib/more': 'more' });
  const image: JobImage = { ...host.add('image.tar', archive, 'tar'), version: '1' };
  const unit = shellJob('', { program: '{{IMAGE}}/run', args: [], members: [{ ...member, image }] });
  const other = shellJob('echo up; exec sleep 60', { name: 'other' });
  for (const each of [unit, other]) await device.bring(each);
  await waitFor(() => [device.stdout(), device.stdout('other')].every((text) => text === 'up\n'));
  const units = [unit, other];
  await device.domain.clean(new Map(units.map((each) => [each.name, [unitDigest(each)]])), device.signal);
  const committed = units.map((each) => ({ unit: each, digest: unitDigest(each), runs: true }));
  return {
    device,
    host,
    unit,
    folder: join(device.dir, 'jobs/images', `${digestHex(image.digest)}.tar`),
    heal: (mode) => device.domain.heal(committed, device.signal, mode),
  };
}

const changed = (paths: string, healed: boolean) => ({
  name: 'job',
  message: `files of its image were changed: ${paths}`,
  healed,
});

describe('when files of an unpacked image were changed', () => {
  it('unpacks it anew, begins its job again, and leaves the others alone', async () => {
    const { device, folder, heal } = await runImaged();
    const [before, other] = [device.process(), device.process('other')];
    expect(await heal()).toEqual([]);
    writeFileSync(join(folder, 'run'), '#!/bin/sh\necho spoilt\n');
    expect(await heal()).toEqual([changed('run', true)]);
    expect(readText(join(folder, 'run'))).toBe(run);
    await waitFor(() => device.stdout() === 'up\nup\n');
    expect(device.process()).not.toEqual(before);
    expect(device.process('other')).toEqual(other);
    expect(await heal()).toEqual([]);
    expect(readdirSync(join(device.dir, 'jobs/images'))).toHaveLength(1);
  });

  it.each([
    ['lib/data', 'is gone', (folder: string) => rmSync(join(folder, 'lib/data'))],
    ['run', 'has other permissions', (folder: string) => chmodSync(join(folder, 'run'), 0o700)],
    [
      'lib',
      'is a link now, to the same files',
      (folder: string) => {
        renameSync(join(folder, 'lib'), join(folder, 'moved'));
        symlinkSync('moved', join(folder, 'lib'));
      },
    ],
    [
      'lib/more',
      'is as long and as old as it was',
      (folder: string) => {
        writeFileSync(join(folder, 'lib/more'), 'MORE');
        utimesSync(join(folder, 'lib/more'), 0, 0);
      },
    ],
  ])('sees that %s %s', async (path, _, change) => {
    const { folder, heal } = await runImaged();
    change(folder);
    expect(await heal()).toEqual([changed(path, true)]);
    expect(await heal()).toEqual([]);
  });

  it('says so at every look, and does nothing, where it is only to report', async () => {
    const { device, folder, heal } = await runImaged();
    const before = device.process();
    writeFileSync(join(folder, 'run'), 'spoilt');
    for (const _ of [1, 2]) expect(await heal('report')).toEqual([changed('run', false)]);
    expect(device.process()).toEqual(before);
    expect(readText(join(folder, 'run'))).toBe('spoilt');
    writeFileSync(join(folder, 'run'), run);
    expect(await heal('report')).toEqual([]);
  });

  it('goes on with what is there while the host is down', async () => {
    const { device, host, folder, heal } = await runImaged();
    const before = device.process();
    host.files.clear();
    writeFileSync(join(folder, 'lib/data'), 'spoilt');
    expect(await heal()).toEqual([changed('lib/data', false)]);
    expect(device.process()).toEqual(before);
  });

  it('unpacks it no more than once in a while, so that a job which writes into its image runs', async () => {
    const { device, folder, heal } = await runImaged();
    writeFileSync(join(folder, 'lib/data'), 'written');
    expect(await heal()).toEqual([changed('lib/data', true)]);
    await waitFor(() => device.stdout() === 'up\nup\n');
    const again = device.process();
    writeFileSync(join(folder, 'lib/data'), 'written again');
    expect(await heal()).toEqual([changed('lib/data', false)]);
    expect(device.process()).toEqual(again);
  });
});

describe('when nothing of an unpacked image was changed', () => {
  it('takes no offence at files that were touched, nor at what was put beside them', async () => {
    const { device, folder, heal } = await runImaged();
    const before = device.process();
    utimesSync(join(folder, 'run'), 0, 0);
    mkdirSync(join(folder, 'lib/cache'));
    writeFileSync(join(folder, 'lib/cache/x'), '');
    expect(await heal()).toEqual([]);
    expect(device.process()).toEqual(before);
  });

  it('takes what is there for right where an earlier agent unpacked it, and sees changes from then on', async () => {
    const { device, folder, heal } = await runImaged();
    rmSync(join(device.dir, 'jobs/image-records'), { recursive: true });
    expect(await heal()).toEqual([]);
    writeFileSync(join(folder, 'run'), 'spoilt');
    expect(await heal()).toEqual([changed('run', true)]);
  });
});

describe('when images are large', () => {
  it('looks at a part of them each time, at all of them in two looks, and keeps what it found', async () => {
    const dir = await tempDir('images');
    const layout = createLayout(dir, join(dir, 'run'), join(dir, 'log'));
    const host = await serve();
    const images = ['a', 'b', 'c'].map((name): JobImage => ({
      ...host.add(name, Buffer.from(name), 'tar'),
      version: '1',
    }));
    for (const image of images) {
      mkdirSync(layout.image(image), { recursive: true });
      for (let index = 0; index < 1_000; index += 1)
        writeFileSync(join(layout.image(image), `file-${String(index).padStart(5, '0')}`), '');
      await recordImage(layout.image(image), layout.imageRecord(image));
    }
    const last = 'file-00999';
    for (const image of images) writeFileSync(join(layout.image(image), last), 'changed');
    const drift = createImageDrift(layout);
    expect((await drift.look(images)).size).toBeLessThan(3);
    expect((await drift.look(images)).size).toBe(3);
    expect(await drift.look(images.slice(0, 1))).toEqual(
      new Map(images.slice(0, 1).map((image) => [layout.image(image), [last]])),
    );
  });
});
