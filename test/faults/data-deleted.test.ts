// SPDX-License-Identifier: Apache-2.0
import { git, waitFor } from '@fairlead/testing';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commitSteadily, expectCalm, newestRevision } from './commit-stream.fixture.ts';
import { viewDevice } from './device-view.fixture.ts';
import { idle } from './jobs.fixture.ts';
import { createLab, type Lab } from './lab.fixture.ts';
import { isLong, seededRandom } from './seed.fixture.ts';
import { createSimulatedScene } from './simulated.fixture.ts';

const rounds = isLong ? 50 : 5;

describe.each(['folder', 'http'] as const)(
  'when the data folder of a server (repository: %s) is deleted while devices connect and commits arrive',
  (access) => {
    it(
      'the server goes on, no device is sent what it refuses, and the log holds everything once',
      async () => {
        const random = seededRandom('data folder');
        const behaviour = { reconnect: { baseMs: 20, capMs: 200 }, applyMs: [0, 200] } as const;
        const scene = await createSimulatedScene(40, { behaviour, access });
        const server = await scene.startServer();
        await waitFor(() => newestRevision(scene), { what: 'a first revision', everyMs: 100 });
        scene.fleet.start();
        const stream = commitSteadily(scene, random);

        for (let round = 0; round < rounds; round += 1) {
          scene.fleet.storm();
          await delay(random() * 500);
          await rm(scene.dataOf(0), { recursive: true, force: true, maxRetries: 10 });
          await delay(random() * 500);
        }
        const commits = await stream.stop();

        await expectCalm(scene, commits);
        expect(server.process.exitCode).toBeNull();
      },
      isLong ? 30 * 60_000 : 120_000,
    );
  },
);

describe('when the data folder is deleted, and the server is killed on top of it', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await createLab();
    await lab.deploy({ jobs: [idle('steady'), idle('changing', 'first')] });
    await lab.startServer();
    await Promise.all(lab.fleet.devices.map((device) => lab.startAgent({}, device)));
    await Promise.all(lab.fleet.devices.map((device) => lab.receipt(1, device)));
  });
  afterAll(() => lab.remove());

  it('nothing restarts on any device, and enrolments and receipts are known as before', async () => {
    const views = () => Promise.all(lab.fleet.devices.map((device) => viewDevice(lab.fleet.stateOf(device))));
    const before = await views();
    await lab.server().process.end('SIGKILL');
    await rm(`${lab.fleet.dir}/server`, { recursive: true });
    await lab.startServer();
    await waitFor(
      async () => {
        const said = await Promise.all(lab.fleet.devices.map((device) => lab.status(device)));
        return said.every(({ connection, state }) => connection === 'streaming' && state === 'applied');
      },
      { what: 'every device connected again', everyMs: 200 },
    );
    expect(await views()).toEqual(before);

    const counter = await lab.deploy({ jobs: [idle('steady'), idle('changing', 'second')] });
    const receipts = await Promise.all(lab.fleet.devices.map((device) => lab.receipt(counter, device)));
    expect(receipts.map(({ seq, result }) => ({ seq, result }))).toEqual(
      receipts.map(() => ({ seq: 2, result: 'applied' })),
    );
    for (const [index, view] of (await views()).entries())
      expect(view['steady']).toEqual(before[index]?.['steady']);
    await git(lab.fleet.repo, 'fsck', '--strict');
  });
});
