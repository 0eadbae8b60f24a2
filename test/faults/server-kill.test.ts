// SPDX-License-Identifier: Apache-2.0
import type { DemoDevice, ProgramProcess } from '@fairlead/fleet-example';
import { git, waitFor } from '@fairlead/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { viewDevice, type DeviceView } from './device-view.fixture.ts';
import { idle, type RunningConfig } from './jobs.fixture.ts';
import { viewJournal } from './journal-view.fixture.ts';
import { createLab, type Lab } from './lab.fixture.ts';
import { isLong, seededRandom } from './seed.fixture.ts';

const configOf = (version: string): RunningConfig => ({ jobs: [idle('steady'), idle('changing', version)] });

let lab: Lab;
let agents: readonly ProgramProcess[];
const startAgents = () => Promise.all(lab.fleet.devices.map((device) => lab.startAgent({}, device)));
const receiptsOfAll = (counter: number) =>
  Promise.all(lab.fleet.devices.map((device) => lab.receipt(counter, device)));
const views = (): Promise<readonly DeviceView[]> =>
  Promise.all(lab.fleet.devices.map((device) => viewDevice(lab.fleet.stateOf(device))));

beforeAll(async () => {
  lab = await createLab();
  const first = await lab.deploy(configOf('first'));
  await lab.startServer();
  agents = await startAgents();
  await receiptsOfAll(first);
});
afterAll(() => lab.remove());

async function hasBegun(device: DemoDevice, counter: number): Promise<boolean> {
  return (await viewJournal(lab.fleet.stateOf(device))).counter === counter;
}

/** Kills the server while devices work on a commit or their receipts are on the way, and starts it again. */
async function killServerDuring(counter: number, afterMs: number): Promise<void> {
  const [first] = lab.fleet.devices;
  await waitFor(async () => first !== undefined && (await hasBegun(first, counter)), {
    what: 'the first device at work',
  });
  await delay(afterMs);
  await lab.server().process.end('SIGKILL');
  await lab.startServer();
}

describe('when the server is killed while receipts are on their way', () => {
  it(
    'takes up its log where it was: each receipt stands there once, and no job is touched',
    async () => {
      const random = seededRandom('kills of the server');
      for (let round = 0; round < (isLong ? 40 : 4); round += 1) {
        const before = await views();
        const counter = await lab.deploy(configOf(`round ${String(round)}`));
        // A transaction takes about half a second here, a batch of receipts another quarter.
        await killServerDuring(counter, Math.floor(random() * 1_200));

        const receipts = await receiptsOfAll(counter);
        expect(receipts.map(({ result }) => result)).toEqual(['applied', 'applied', 'applied']);
        for (const [index, view] of (await views()).entries()) {
          expect(view['steady']).toEqual(before[index]?.['steady']);
          expect(view['changing']?.runs).toBe((before[index]?.['changing']?.runs ?? 0) + 1);
        }
        // Pauses between connections grow with each kill; a new agent begins with short ones.
        await Promise.all(agents.map((agent) => agent.end('SIGTERM')));
        agents = await startAgents();
      }

      for (const device of lab.fleet.devices) {
        const receipts = await lab.receipts(device);
        const expected = receipts.map((_, index) => index + 1);
        expect(receipts.map(({ seq }) => seq)).toEqual(expected);
        expect(receipts.map(({ counter }) => counter)).toEqual(expected);
      }
      await git(lab.fleet.repo, 'fsck', '--strict');
      const log = await git(lab.fleet.repo, 'log', '--format=%H', 'refs/fairlead/revisions');
      expect(log.trim()).not.toBe('');
    },
    isLong ? 30 * 60_000 : 120_000,
  );
});
