// SPDX-License-Identifier: Apache-2.0
import { digestFromHex } from '@fairlead/base';
import { processesIn } from '@fairlead/fleet-example';
import { tempDir, waitFor } from '@fairlead/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startCutHost } from './cut-host.fixture.ts';
import { endPrograms } from './device-view.fixture.ts';
import { buildImage, type BuiltImage } from './images.fixture.ts';
import { endNow, expectBare, expectFolders, expectRunning } from './job-checks.fixture.ts';
import { codesOf, drawCommit, reworded, type Commit, type Fault } from './job-commits.fixture.ts';
import { createJobsDevice, pidsIn, type JobsDevice } from './jobs-device.fixture.ts';
import { logTails } from './log-tail.fixture.ts';
import { isLong, randomFrom, seedNote, seededRandom } from './seed.fixture.ts';

const sequences = isLong ? 500 : 25;
/** Devices at a time: most of what one does is waiting. */
const together = 5;

const faults: readonly Fault[] = ['exits', 'silent', 'missing', 'spoilt'];

interface Scene {
  readonly dir: string;
  readonly device: JobsDevice;
  readonly random: () => number;
  setCut(isCut: boolean): void;
  /** Commits at random, and answers with the commit. */
  draw(fault: Fault | null): Commit;
}

const steps: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  async commit({ draw }) {
    draw(null);
  },
  async commitAndRest({ dir, device, draw, setCut }) {
    setCut(false);
    if (!device.isUp()) await device.startAgent();
    const commit = draw(null);
    await device.rest();
    await expectRunning(dir, commit);
  },
  async commitBad({ draw, random }) {
    draw(faults[Math.floor(random() * faults.length)]!);
  },
  async killAgent({ device }) {
    await device.killAgent();
  },
  async startAgent({ device }) {
    if (!device.isUp()) await device.startAgent();
  },
  async killAgentSoon({ device, random }) {
    await delay(random() * 300);
    await device.killAgent();
    await device.startAgent();
  },
  async killJob({ dir, random }) {
    const pids = await pidsIn(dir);
    const pid = pids[Math.floor(random() * pids.length)];
    if (pid !== undefined) endNow(pid);
  },
  async killBoth({ dir, device }) {
    const pids = await pidsIn(dir);
    await device.killAgent();
    for (const pid of pids) endNow(pid);
  },
  async cut({ setCut }) {
    setCut(true);
  },
  async mend({ setCut }) {
    setCut(false);
  },
};

async function live(dir: string, images: readonly BuiltImage[], random: () => number): Promise<void> {
  const files = new Map(images.map((image, n) => [`${String(n)}.tar`, image.bytes]));
  const host = await startCutHost(files, random);
  const device = createJobsDevice(dir);
  const hosted = images.map(({ size, checksum }, n) => ({
    url: `${host.url}/${String(n)}.tar`,
    size,
    digest: digestFromHex(checksum),
  }));
  let counter = 0;
  const told: string[] = [];
  const scene: Scene = {
    dir,
    device,
    random,
    setCut: host.setCut,
    draw(fault) {
      counter += 1;
      const commit = drawCommit(counter, fault, { random, images: hosted });
      device.commit(commit);
      return commit;
    },
  };
  try {
    await device.startAgent();
    for (let n = 3 + Math.floor(random() * 5); n > 0; n -= 1) {
      const names = Object.keys(steps);
      const name = names[Math.floor(random() * names.length)]!;
      told.push(name);
      await steps[name]!(scene);
    }
    await expectGoodEnd(scene);
  } catch (thrown) {
    const place = `${seedNote}, after ${told.join(', ')}`;
    throw new Error(`${place}\n\n${await logTails(dir)}`, { cause: thrown });
  } finally {
    await device.killAgent();
    await endPrograms(dir);
    await host.close();
  }
}

/** The newest good commit is what runs, also after one that is no good; nothing else does, and nothing else is left. */
async function expectGoodEnd({ dir, device, random, draw, setCut }: Scene): Promise<void> {
  setCut(false);
  if (!device.isUp()) await device.startAgent();
  const good = draw(null);
  await device.rest();
  await expectRunning(dir, good);

  const fault = faults[Math.floor(random() * faults.length)]!;
  const bad = draw(fault);
  expect(codesOf(fault)).toContain((await device.answer()).code);
  await expectRunning(dir, good);

  const again = reworded(good, bad.counter + 1);
  device.commit(again);
  expect(await device.answer()).toMatchObject({ result: 'applied' });
  await expectRunning(dir, again);
  await expectFolders(dir, good, again);
  const held = await device.descriptors();
  for (const pid of await pidsIn(dir)) await expectBare(pid);

  device.commit(reworded(good, bad.counter + 2));
  await device.rest();
  await waitFor(async () => sizeOf(await device.descriptors()) <= sizeOf(held), {
    what: `no more descriptors than ${JSON.stringify(held)}`,
  });

  device.commit({ counter: bad.counter + 3, state: { format: 1, units: [] }, fault: null, runs: {} });
  await device.rest();
  await device.killAgent();
  await waitFor(async () => (await processesIn(dir)).length === 0, { what: 'no process left' });
}

const sizeOf = (record: object): number => Object.keys(record).length;

describe('when commits, crashes, cuts and failing jobs follow one another at random', () => {
  it(
    'runs the newest good commit at the end, and leaves nothing else',
    async () => {
      const random = seededRandom('sequences of jobs');
      const built = await tempDir('images');
      const images: BuiltImage[] = [];
      for (let n = 0; n < 3; n += 1)
        images.push(
          await buildImage(built, {
            'run.sh': 'exec sleep 1000000\n',
            padding: String(n).repeat(100_000),
          }),
        );
      let begun = 0;
      // One that fails lets the others end in order: nothing of theirs may stay.
      const failures: unknown[] = [];
      const work = async (): Promise<void> => {
        while (begun < sequences && failures.length === 0) {
          begun += 1;
          // Its own numbers, whatever the others do meanwhile.
          const own = randomFrom(Math.floor(random() * 2 ** 32));
          await live(await tempDir('sequence'), images, own).catch((thrown: unknown) =>
            failures.push(thrown),
          );
        }
      };
      await Promise.all(Array.from({ length: together }, work));
      if (failures.length > 0) throw failures[0];
    },
    isLong ? 60 * 60_000 : 600_000,
  );
});
