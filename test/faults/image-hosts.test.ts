// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@fairlead/testing';
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { viewDevice, variableOf } from './device-view.fixture.ts';
import { buildImage, type BuiltImage } from './images.fixture.ts';
import { idle, image, shell, type RunningConfig } from './jobs.fixture.ts';
import { createLab, type Lab } from './lab.fixture.ts';
import { startMoodyHost, type MoodyHost } from './moody-host.fixture.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await createLab();
  const first = await lab.deploy({ jobs: [idle('steady')] });
  await lab.startServer();
  await lab.startAgent({ flags: ['--fetch-timeout', '500ms'] });
  await lab.receipt(first);
});
afterAll(() => lab.remove());

/** A host with an image that nobody has seen, and a revision that needs it. */
async function newImage(): Promise<{ host: MoodyHost; built: BuiltImage; config: RunningConfig }> {
  const built = await buildImage(lab.fleet.dir, { content: randomBytes(150_000).toString('hex') });
  const host = await startMoodyHost(built.bytes);
  onTestFinished(() => host.down());
  const jobs = [
    idle('steady'),
    shell('imaged', 'test -s {{IMAGE}}/content && exec sleep 1000000', built.checksum),
  ];
  return { host, built, config: { jobs, images: [image('imaged', { ...built, url: host.url })] } };
}

/** Runs the image's job, and did nothing to what ran beside it. */
async function expectApplied(
  counter: number,
  built: BuiltImage,
  before: Awaited<ReturnType<typeof viewDevice>>,
): Promise<void> {
  expect(await lab.receipt(counter)).toMatchObject({ result: 'applied' });
  const view = await viewDevice(lab.state);
  expect(await variableOf(view['imaged']?.process, 'VERSION')).toBe(built.checksum);
  expect(view['steady']?.process).toBe(before['steady']?.process);
}

describe('when the host of an image fails', () => {
  it('by being down, the device waits, says so, and goes on when it is back', async () => {
    const { host, built, config } = await newImage();
    const before = await viewDevice(lab.state);
    await host.down();

    const counter = await lab.deploy(config);
    await lab.says('pending', 'artifact-unreachable');
    expect(await viewDevice(lab.state)).toMatchObject(before);

    await host.up();
    await expectApplied(counter, built, before);
  });

  it('by never answering, the device waits, says so, and goes on when it answers', async () => {
    const { host, built, config } = await newImage();
    const before = await viewDevice(lab.state);
    host.setMood({ kind: 'silent' });

    const counter = await lab.deploy(config);
    await lab.says('pending', 'artifact-slow');
    expect(await viewDevice(lab.state)).toMatchObject(before);

    host.setMood({ kind: 'honest' });
    await expectApplied(counter, built, before);
  });

  it('by cutting the file short, the device says so, and goes on where it stopped', async () => {
    const { host, built, config } = await newImage();
    const before = await viewDevice(lab.state);
    const partial = join(lab.state, 'artifacts/partial', built.checksum);
    const stored = () => waitFor(async () => (await stat(partial)).size === 100_000);
    host.setMood({ kind: 'cut', at: 100_000, stored });

    const counter = await lab.deploy(config);
    await lab.says('pending', 'artifact-truncated');
    expect(await viewDevice(lab.state)).toMatchObject(before);

    host.setMood({ kind: 'honest' });
    await expectApplied(counter, built, before);
    expect(host.ranges[0]).toBe(null);
    expect(new Set(host.ranges.slice(1))).toEqual(new Set(['bytes=100000-']));
  });
});

describe('when the host of an image lies', () => {
  const lies: readonly (readonly [string, string, (built: BuiltImage, host: MoodyHost) => void])[] = [
    [
      'about its length',
      'size-mismatch',
      ({ bytes }, host) => {
        host.setMood({ kind: 'other', bytes, stated: bytes.length + 1 });
      },
    ],
    [
      'by giving more than is stated',
      'size-mismatch',
      ({ bytes }, host) => {
        host.setMood({ kind: 'other', bytes: Buffer.concat([bytes, bytes]), stated: null });
      },
    ],
    [
      'by giving something else of the same length',
      'digest-mismatch',
      ({ bytes }, host) => {
        host.setMood({ kind: 'other', bytes: randomBytes(bytes.length), stated: bytes.length });
      },
    ],
  ];
  it.each(lies)('%s, the revision is refused with %s, and not asked for again', async (_how, code, lie) => {
    const { host, built, config } = await newImage();
    const before = await viewDevice(lab.state);
    lie(built, host);

    const refused = await lab.receipt(await lab.deploy(config));
    expect(refused).toMatchObject({ result: 'refused', code });
    expect(refused.units).toContainEqual({ unit: 'jobs/imaged', result: 'failed', code });
    await lab.says('failed', code);
    expect(await viewDevice(lab.state)).toMatchObject(before);
    const asked = host.ranges.length;

    host.setMood({ kind: 'honest' });
    await lab.receipt(await lab.deploy({ jobs: [idle('steady'), idle('between', built.checksum)] }));
    const again = await lab.receipt(await lab.deploy(config));
    expect(again).toMatchObject({ result: 'refused', code, target: refused.target });
    expect(host.ranges).toHaveLength(asked);

    const other = await newImage();
    await expectApplied(await lab.deploy(other.config), other.built, before);
  });
});
