// SPDX-License-Identifier: Apache-2.0
import type { LogRecord, RevisionRecord } from '@fairlead/log';
import { git, waitFor, type RunningProgram } from '@fairlead/testing';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { isLong, seededRandom } from './seed.fixture.ts';
import { createSimulatedScene, type SimulatedScene } from './simulated.fixture.ts';

const cuts = isLong ? 200 : 20;
const devices = 12;
/** Back within a blink, to whichever replica stands; receipts come while the next commit does. */
const restless = { reconnect: { baseMs: 20, capMs: 200 }, applyMs: [0, 200] } as const;

/** Commits without pause until it is stopped, every fifth one with an error in it. Answers with all that were made. */
function commitSteadily(scene: SimulatedScene, random: () => number): { stop(): Promise<readonly string[]> } {
  let isStopped = false;
  const made = (async () => {
    const commits: string[] = [];
    while (!isStopped) {
      const isBroken = commits.length % 5 === 4;
      if (isBroken) {
        await writeFile(join(scene.repo, 'fleet.json'), '{');
        await git(scene.repo, 'commit', '-q', '-a', '-m', 'A mistake');
      } else await scene.deploy(`version ${String(commits.length)}`);
      commits.push((await git(scene.repo, 'rev-parse', 'HEAD')).trim());
      await delay(random() * 400);
    }
    await scene.deploy('the last');
    commits.push((await git(scene.repo, 'rev-parse', 'HEAD')).trim());
    return commits;
  })();
  // Told to whoever stops it.
  made.catch(() => undefined);
  return {
    stop() {
      isStopped = true;
      return made;
    },
  };
}

/** Kills one replica or the other at random moments, and starts it again, at times after a while in which the other is alone or gone too. */
async function cutAtRandom(
  scene: SimulatedScene,
  running: (RunningProgram | undefined)[],
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

async function recordsOf(scene: SimulatedScene): Promise<readonly LogRecord[]> {
  return (await scene.log()).flatMap((entry) => (entry.kind === 'record' ? [entry.record] : []));
}

async function newestRevision(scene: SimulatedScene): Promise<RevisionRecord | undefined> {
  return (await recordsOf(scene)).findLast(isRevision);
}

function snapshotVersion(record: RevisionRecord): number {
  return (JSON.parse(record.snapshot) as { readonly signed: { readonly version: number } }).signed.version;
}

function counterOf(record: RevisionRecord): number {
  return (JSON.parse(record.manifest) as { readonly counter: number }).counter;
}

const isRising = (numbers: readonly number[]): boolean =>
  numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0));

const isRevision = (record: LogRecord): record is RevisionRecord => record.kind === 'revision';

/** Every commit has its place in the log once; versions rise; receipts stand there once, in unbroken chains. */
async function expectWholeLog(scene: SimulatedScene, commits: readonly string[]): Promise<void> {
  const records = await recordsOf(scene);
  const revisions = records.filter(isRevision);
  expect(isRising(revisions.map(counterOf))).toBe(true);
  expect(isRising(revisions.map(snapshotVersion))).toBe(true);
  const judged = records.flatMap((record) => ('commit' in record ? [record.commit] : []));
  const twice = judged.filter((commit, index) => judged.indexOf(commit) !== index);
  expect(records.filter((record) => 'commit' in record && twice.includes(record.commit))).toEqual([]);
  expect(judged).toEqual(expect.arrayContaining([...commits]));
  const chains = Map.groupBy(await scene.receipts(), ({ device }) => device);
  for (const device of scene.devices) {
    const chain = (chains.get(device) ?? []).toSorted((a, b) => a.seq - b.seq);
    expect(chain.map(({ seq }) => seq)).toEqual(chain.map((_, index) => index + 1));
    expect(isRising(chain.map(({ counter }) => counter))).toBe(true);
  }
  await git(scene.repo, 'fsck', '--strict');
}

describe(`when two replicas over one repository are killed ${String(cuts)} times while commits arrive`, () => {
  it(
    'no device is ever sent what it refuses, all come to the newest, and the log holds everything once',
    async () => {
      const random = seededRandom('kills of replicas');
      const scene = await createSimulatedScene(devices, { behaviour: restless, replicas: 2, random });
      const running = [await scene.startServer(0), await scene.startServer(1)];
      // What was there before the first record counts for nothing.
      await waitFor(() => newestRevision(scene), { what: 'a first revision', everyMs: 100 });
      scene.fleet.start();
      const stream = commitSteadily(scene, random);

      await cutAtRandom(scene, running, random);
      const commits = await stream.stop();

      const newest = await waitFor(
        async () => {
          const revision = await newestRevision(scene);
          return revision?.commit === commits.at(-1) && revision;
        },
        { what: 'a record of the last commit', everyMs: 200 },
      );
      const counter = counterOf(newest);
      await waitFor(
        async () => {
          const receipts = (await scene.receipts()).filter((receipt) => receipt.counter === counter);
          return new Set(receipts.map(({ device }) => device)).size === devices;
        },
        { what: 'receipts of the last commit by all', everyMs: 200 },
      );
      expect(scene.events.filter(({ kind }) => kind === 'refused')).toEqual([]);
      expect(scene.fleet.counts()).toMatchObject({ refusals: 0, rolledBack: 0 });
      await expectWholeLog(scene, commits);
    },
    isLong ? 30 * 60_000 : 180_000,
  );
});
