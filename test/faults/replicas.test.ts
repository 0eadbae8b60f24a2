// SPDX-License-Identifier: Apache-2.0
import { waitFor, type RunningProgram } from '@fairlead/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { commitSteadily, expectCalm, newestRevision } from './commit-stream.fixture.ts';
import { isLong, seededRandom } from './seed.fixture.ts';
import { createSimulatedScene, type SimulatedScene } from './simulated.fixture.ts';

const devices = 12;
/** Back within a blink, to whichever replica stands; receipts come while the next commit does. */
const restless = { reconnect: { baseMs: 20, capMs: 200 }, applyMs: [0, 200] } as const;

/** Kills one replica or the other at random moments, and starts it again, at times after a while in which the other is alone or gone too. */
async function cutAtRandom(
  scene: SimulatedScene,
  running: (RunningProgram | undefined)[],
  cuts: number,
  random: () => number,
): Promise<void> {
  for (let cut = 0; cut < cuts; cut += 1) {
    await delay(random() * 600);
    const replica = random() < 0.5 ? 0 : 1;
    await running[replica]?.end('SIGKILL');
    running[replica] = undefined;
    // The other one stays down where it was cut before and left so.
    if (random() < 0.3) continue;
    for (const index of [0, 1]) running[index] ??= await scene.startServer(index);
  }
  for (const index of [0, 1]) running[index] ??= await scene.startServer(index);
}

describe.each([
  { access: 'folder', cuts: isLong ? 200 : 12 },
  { access: 'http', cuts: isLong ? 200 : 8 },
] as const)(
  'when two replicas over one repository ($access) are killed $cuts times while commits arrive',
  ({ access, cuts }) => {
    it(
      'no device is ever sent what it refuses, all come to the newest, and the log holds everything once',
      async () => {
        const random = seededRandom(`kills of replicas (${access})`);
        const scene = await createSimulatedScene(devices, {
          behaviour: restless,
          replicas: 2,
          random,
          access,
        });
        const running = [await scene.startServer(0), await scene.startServer(1)];
        // What was there before the first record counts for nothing.
        await waitFor(() => newestRevision(scene), { what: 'a first revision', everyMs: 100 });
        scene.fleet.start();
        const stream = commitSteadily(scene, random);

        await cutAtRandom(scene, running, cuts, random);
        const commits = await stream.stop();

        await expectCalm(scene, commits);
      },
      isLong ? 30 * 60_000 : 180_000,
    );
  },
);
