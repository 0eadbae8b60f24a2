// SPDX-License-Identifier: Apache-2.0
import type { ProgramProcess } from '@fairlead/fleet-example';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesOf, variableOf, viewDevice } from './device-view.fixture.ts';
import { buildImage } from './images.fixture.ts';
import { idle, image, shell, talker, talking, type RunningConfig } from './jobs.fixture.ts';
import { createLab, type Lab } from './lab.fixture.ts';

let lab: Lab;
let agent: ProgramProcess;
beforeAll(async () => {
  lab = await createLab();
  const first = await lab.deploy({ jobs: [idle('steady'), idle('changing')] });
  await lab.startServer();
  agent = await lab.startAgent();
  await lab.receipt(first);
});
afterAll(() => lab.remove());

/** The bad job beside a unit that stays and one that changes, which alone would be fine. */
const withBad = (bad: object, more: Partial<RunningConfig> = {}): RunningConfig => ({
  jobs: [idle('steady'), idle('changing', '2'), bad],
  ...more,
});

const running = async () => processesOf(await viewDevice(lab.state));
const attempts = async (): Promise<number> =>
  (await readFile(join(lab.fleet.dir, 'attempts'), 'utf8').catch(() => '')).length;

describe('when a job of a revision cannot be started', () => {
  const cases: readonly (readonly [string, RunningConfig, string])[] = [
    ['exits at once', withBad(shell('bad', 'exit 3')), 'unit-ended'],
    [
      'never becomes ready',
      withBad(talking('bad', 'exec sleep 1000000'), { templates: [talker] }),
      'ready-timeout',
    ],
    [
      'names a program that does not exist',
      withBad({ job: 'bad', exec_cmd: '/no/such/program' }),
      'program-not-found',
    ],
  ];
  it.each(cases)('goes back as one if it %s, and takes the next good commit', async (_what, config, code) => {
    const before = await running();
    const version = await variableOf(before['changing'], 'VERSION');

    const receipt = await lab.receipt(await lab.deploy(config));

    expect(receipt).toMatchObject({ result: 'rolled-back', code });
    expect(receipt.units).toEqual([
      { unit: 'jobs/bad', result: 'failed', code },
      { unit: 'jobs/changing', result: 'rolled-back', code: null },
      { unit: 'jobs/steady', result: 'unchanged', code: null },
    ]);
    const after = await running();
    expect(Object.keys(after)).toEqual(['changing', 'steady']);
    expect(after['steady']).toBe(before['steady']);
    expect(after['changing']).not.toBe(before['changing']);
    expect(await variableOf(after['changing'], 'VERSION')).toBe(version);
    expect(await lab.says('failed', code)).toMatchObject({
      revision: expect.not.stringMatching(receipt.revision) as string,
    });

    const good = await lab.receipt(
      await lab.deploy({ jobs: [idle('steady'), idle('changing', `after ${code}`)] }),
    );
    expect(good.result).toBe('applied');
    expect((await running())['steady']).toBe(before['steady']);
  });
});

describe('when an archive is hostile', () => {
  it('is refused before anything is touched, and writes nothing outside its folder', async () => {
    const hostile = await buildImage(lab.fleet.dir, { escaped: 'out of its cage' }, [
      '-P',
      '--transform',
      's,^,../../../../,',
    ]);
    await writeFile(join(lab.fleet.dir, 'images/hostile.tar'), hostile.bytes);
    const before = await running();
    const url = `${lab.fleet.images}/hostile.tar`;
    const bad = image('bad', { url, size: hostile.size, checksum: hostile.checksum });

    const receipt = await lab.receipt(
      await lab.deploy(withBad(shell('bad', 'cat {{IMAGE}}/escaped'), { images: [bad] })),
    );

    expect(receipt).toMatchObject({ result: 'refused', code: 'archive-unsafe' });
    expect(receipt.units.find(({ unit }) => unit === 'jobs/bad')).toMatchObject({
      result: 'failed',
      code: 'archive-unsafe',
    });
    expect(await running()).toEqual(before);
    for (const folder of ['jobs', '.', '..', 'jobs/images'])
      expect(existsSync(join(lab.state, folder, 'escaped'))).toBe(false);
  });
});

describe('when a revision has failed', () => {
  it('is remembered across a restart of the agent, and not tried again until the target is another', async () => {
    const bad = withBad(shell('bad', `printf x >>${join(lab.fleet.dir, 'attempts')}; exit 3`));
    const failed = await lab.receipt(await lab.deploy(bad));
    expect(await attempts()).toBe(1);
    const before = await running();

    await agent.end('SIGTERM');
    agent = await lab.startAgent();
    await agent.ready;
    await lab.says('failed', 'unit-ended');
    expect(await running()).toEqual(before);

    const good = await lab.receipt(await lab.deploy({ jobs: [idle('steady'), idle('changing', '3')] }));
    const again = await lab.receipt(await lab.deploy(bad));

    expect(good.result).toBe('applied');
    expect(again).toMatchObject({ result: 'refused', code: 'unit-ended', target: failed.target });
    expect(await attempts()).toBe(1);
    expect((await running())['steady']).toBe(before['steady']);
    const seqs = (await lab.receipts()).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  });
});
