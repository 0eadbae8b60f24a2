// SPDX-License-Identifier: Apache-2.0
import type { LogRecord, RevisionRecord } from '@fairlead/log';
import { git, waitFor } from '@fairlead/testing';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { SimulatedScene } from './simulated.fixture.ts';

/** Commits without pause until it is stopped, every fifth one with an error in it. Answers with all that were made. */
export function commitSteadily(
  scene: SimulatedScene,
  random: () => number,
): { stop(): Promise<readonly string[]> } {
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

async function recordsOf(scene: SimulatedScene): Promise<readonly LogRecord[]> {
  return (await scene.log()).flatMap((entry) => (entry.kind === 'record' ? [entry.record] : []));
}

export async function newestRevision(scene: SimulatedScene): Promise<RevisionRecord | undefined> {
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

/** The last of these commits is recorded, and every device has answered for it; then nothing was refused, and the log is whole. */
export async function expectCalm(scene: SimulatedScene, commits: readonly string[]): Promise<void> {
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
      return new Set(receipts.map(({ device }) => device)).size === scene.devices.length;
    },
    { what: 'receipts of the last commit by all', everyMs: 200 },
  );
  expect(scene.events.filter(({ kind }) => kind === 'refused')).toEqual([]);
  expect(scene.fleet.counts()).toMatchObject({ refusals: 0, rolledBack: 0 });
  await expectWholeLog(scene, commits);
}
