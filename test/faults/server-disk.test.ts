// SPDX-License-Identifier: Apache-2.0
import { askProgram } from '@fairlead/fleet-example';
import { git, waitFor } from '@fairlead/testing';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { processesOf, viewDevice } from './device-view.fixture.ts';
import { fillDisk, freeDisk } from './full-disk.fixture.ts';
import { idle, type RunningConfig } from './jobs.fixture.ts';
import { createLab, type Lab, type LabOptions } from './lab.fixture.ts';
import { isLong } from './seed.fixture.ts';

const isRoot = process.getuid?.() === 0;

let lab: Lab;
let commits = 0;
afterEach(() => lab.remove());

const configOf = (version: string): RunningConfig => ({ jobs: [idle('steady'), idle('changing', version)] });
const running = () =>
  Promise.all(
    lab.fleet.devices.map(async (device) => processesOf(await viewDevice(lab.fleet.stateOf(device)))),
  );
const receiptsOfAll = (counter: number) =>
  Promise.all(lab.fleet.devices.map((device) => lab.receipt(counter, device)));

async function startAll(options: LabOptions): Promise<void> {
  lab = await createLab(options);
  commits = 1;
  await lab.deploy(configOf('first'));
  await lab.startServer();
  await Promise.all(lab.fleet.devices.map((device) => lab.startAgent({}, device)));
  await receiptsOfAll(1);
}

/** With the real git, which leaves nothing half written on a full disk; false where there was no room for the commit itself. */
async function commit(version: string): Promise<boolean> {
  const { repo } = lab.fleet;
  try {
    await writeFile(
      join(repo, 'running/jobs.json'),
      JSON.stringify({ config: 'running', ...configOf(version) }),
    );
    await git(repo, 'commit', '-q', '-a', '-m', version);
  } catch {
    return false;
  }
  commits += 1;
  return true;
}

async function problems(): Promise<readonly string[]> {
  const who = ['--server', lab.server().grpc, '--identity', lab.fleet.operator];
  const status = (await askProgram('cli', ['status', ...who])) as {
    readonly problems: readonly { readonly code: string }[];
  };
  return status.problems.map(({ code }) => code);
}

/** Either all devices answer for the last commit, or the server says what keeps it from deploying that. */
function outcome(): Promise<'answered' | 'reported'> {
  return waitFor(
    async () => {
      const all = await Promise.all(lab.fleet.devices.map((device) => lab.receipts(device)));
      if (all.every((receipts) => receipts.some(({ counter }) => counter === commits))) return 'answered';
      return (await problems()).includes('log-unwritable') && 'reported';
    },
    { what: 'receipts or a problem', everyMs: 100 },
  );
}

async function expectSoundLog(): Promise<void> {
  for (const device of lab.fleet.devices) {
    const seqs = (await lab.receipts(device)).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  }
  await git(lab.fleet.repo, 'fsck', '--strict');
}

describe.skipIf(!isRoot)('when the disk of the repository is full (needs root, to mount one)', () => {
  it('the server says so and offers nothing that is not recorded, what runs runs on, and all goes on when there is room', async () => {
    await startAll({ disks: { fleet: '16m' } });
    const before = await running();
    // From no room for the commit to room for the commit, the record and its note: each time it ends somewhere else.
    let reported = 0;
    for (let page = 6; isLong ? page < 40 : page < 40 && reported < 2; page += isLong ? 1 : 3) {
      await fillDisk(lab.fleet.repo, page * 4_096);
      const isCommitted = await commit(`with ${String(page)} pages`);
      if (isCommitted && (await outcome()) === 'reported') reported += 1;
      await freeDisk(lab.fleet.repo);
      await commit(`after ${String(page)} pages`);
      expect((await receiptsOfAll(commits)).map(({ result }) => result)).toEqual([
        'applied',
        'applied',
        'applied',
      ]);
    }

    expect(reported).toBeGreaterThan(0);
    await waitFor(async () => (await problems()).length === 0, { what: 'no problem left', everyMs: 100 });
    const after = await running();
    expect(after.map(({ steady }) => steady)).toEqual(before.map(({ steady }) => steady));
    await expectSoundLog();
  });
});

describe.skipIf(!isRoot)('when the disk of the data folder is full (needs root, to mount one)', () => {
  it('commits are deployed all the same: nothing there is needed', async () => {
    await startAll({ disks: { server: '256k' } });
    await fillDisk(join(lab.fleet.dir, 'server'), 0);

    await commit('second');
    expect((await receiptsOfAll(2)).map(({ result }) => result)).toEqual(['applied', 'applied', 'applied']);
    await lab.server().process.end('SIGKILL');
    await lab.startServer();
    await commit('third');
    expect((await receiptsOfAll(3)).map(({ result }) => result)).toEqual(['applied', 'applied', 'applied']);
    await expectSoundLog();
  });
});
