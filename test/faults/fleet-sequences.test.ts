// SPDX-License-Identifier: Apache-2.0
import { digestFromHex } from '@fairlead/base';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildImage } from './images.fixture.ts';
import { endNow, expectRunning } from './job-checks.fixture.ts';
import {
  drawCommit,
  reworded,
  runningConfigOf,
  type Commit,
  type Fault,
  type HostedImage,
} from './job-commits.fixture.ts';
import { pidsIn } from './jobs-device.fixture.ts';
import { idle } from './jobs.fixture.ts';
import { createLab, type Lab } from './lab.fixture.ts';
import { logTails } from './log-tail.fixture.ts';
import { isLong, seedNote, seededRandom } from './seed.fixture.ts';

/** Few: without a server the same is shown many times in `job-sequences.test.ts`. */
const sequences = isLong ? 20 : 2;
/** Each death of the server lengthens the pause before the next try, up to minutes: here it dies again and again. */
const agentFlags = ['--reconnect-cap', '1s'];
let commits = 0;

describe('when an agent is killed before its fleet has taken it in', () => {
  it('joins when it is started again', async () => {
    const lab = await createLab();
    onTestFinished(() => lab.remove());
    const counter = await lab.deploy({ jobs: [idle('first')] });
    await lab.startServer();
    const agent = await lab.startAgent();
    await agent.end('SIGKILL');
    await lab.startAgent();
    expect(await lab.receipt(counter)).toMatchObject({ result: 'applied' });
  });
});

describe('when server and agent, as shipped, and jobs are killed between commits at random', () => {
  it(
    'runs the newest good commit at the end, and its receipt stands in Git',
    async () => {
      const random = seededRandom('sequences of a fleet');
      const lab = await createLab({ agent: { flags: agentFlags } });
      onTestFinished(() => lab.remove());
      const told: string[] = [];
      try {
        for (let n = 0; n < sequences; n += 1) await liveInFleet(lab, random, told);
      } catch (thrown) {
        const place = `${seedNote}, after ${told.join(', ')}`;
        throw new Error(`${place}\n\n${await logTails(join(lab.fleet.dir, 'logs'))}`, { cause: thrown });
      }
    },
    isLong ? 60 * 60_000 : 300_000,
  );
});

/** Server and agent are killed and started again between commits, and jobs at any time. */
async function liveInFleet(lab: Lab, random: () => number, told: string[]): Promise<void> {
  const images = await hostedIn(lab);
  const deploy = async (fault: Fault | null): Promise<readonly [number, Commit]> => {
    commits += 1;
    const commit = reworded(drawCommit(commits, fault, { random, images }), commits);
    return [await lab.deploy(runningConfigOf(commit)), commit];
  };
  await deploy(null);
  let server = await lab.startServer();
  let agent = await lab.startAgent();
  const steps: Readonly<Record<string, () => Promise<unknown>>> = {
    commit: () => deploy(null),
    commitBad: () => deploy('exits'),
    async killAgent() {
      await agent.end('SIGKILL');
      agent = await lab.startAgent();
    },
    async killServer() {
      await server.process.end('SIGKILL');
      server = await lab.startServer();
    },
    async killJobs() {
      for (const pid of await pidsIn(lab.state)) endNow(pid);
    },
  };
  const names = Object.keys(steps);
  for (let n = 0; n < 5; n += 1) {
    const name = names[Math.floor(random() * names.length)]!;
    told.push(name);
    await steps[name]!();
    await delay(random() * 500);
  }
  const [goodCounter, good] = await deploy(null);
  expect(await lab.receipt(goodCounter)).toMatchObject({ result: 'applied' });
  await expectRunning(lab.state, good);
  const [badCounter] = await deploy('spoilt');
  expect(await lab.receipt(badCounter)).toMatchObject({ result: 'refused', code: 'digest-mismatch' });
  await expectRunning(lab.state, good);
  await agent.end('SIGTERM');
  await server.process.end('SIGTERM');
}

async function hostedIn({ fleet }: Lab): Promise<readonly HostedImage[]> {
  const image = await buildImage(fleet.dir, { 'run.sh': 'exec sleep 1000000\n' });
  await writeFile(join(fleet.dir, 'images/run.tar'), image.bytes);
  return [{ url: `${fleet.images}/run.tar`, size: image.size, digest: digestFromHex(image.checksum) }];
}
