// SPDX-License-Identifier: Apache-2.0
import { git, waitFor } from '@fairlead/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { viewDevice, type DeviceView } from './device-view.fixture.ts';
import { idle, type RunningConfig } from './jobs.fixture.ts';
import { viewJournal } from './journal-view.fixture.ts';
import { createLab, type Lab } from './lab.fixture.ts';
import { canMakeNetworks, createNetwork, type TestNetwork } from './network.fixture.ts';
import { isLong } from './seed.fixture.ts';

/** A dead peer is noticed after three seconds, and sought again at least every second. */
const patience = ['--keepalive', '2s', '--keepalive-timeout', '1s', '--reconnect-cap', '1s'];
const rounds = isLong ? 10 : 1;

let network: TestNetwork;
let lab: Lab;
let commits = 0;

const configOf = (version: string): RunningConfig => ({ jobs: [idle('steady'), idle('changing', version)] });
const views = (): Promise<readonly DeviceView[]> =>
  Promise.all(lab.fleet.devices.map((device) => viewDevice(lab.fleet.stateOf(device))));

async function deploy(): Promise<number> {
  commits += 1;
  return lab.deploy(configOf(`version ${String(commits)}`));
}

/** All devices have applied the commit, and each has its receipt of it in the log. */
async function converged(counter: number): Promise<void> {
  const receipts = await Promise.all(lab.fleet.devices.map((device) => lab.receipt(counter, device)));
  expect(receipts.map(({ result }) => result)).toEqual(['applied', 'applied', 'applied']);
}

/** One start of what changed for each commit since the view before, none of what did not. */
function expectOneStartEach(
  before: readonly DeviceView[],
  after: readonly DeviceView[],
  commits: number,
): void {
  for (const [index, view] of after.entries()) {
    expect(view['steady']).toEqual(before[index]?.['steady']);
    expect(view['changing']?.runs).toBe((before[index]?.['changing']?.runs ?? 0) + commits);
  }
}

async function connections(): Promise<readonly string[]> {
  const said = await Promise.all(lab.fleet.devices.map((device) => lab.status(device)));
  return said.map(({ connection }) => connection);
}

const allStreaming = () =>
  waitFor(async () => (await connections()).every((connection) => connection === 'streaming'), {
    what: 'every device connected',
    everyMs: 200,
  });

describe.skipIf(!canMakeNetworks)('when the network fails (needs root, iproute2, socat)', () => {
  beforeAll(async () => {
    network = await createNetwork();
    lab = await createLab({
      host: network.address,
      server: { within: network.servers },
      agent: { within: network.devices, flags: patience },
    });
    const first = await deploy();
    await lab.startServer();
    await Promise.all(lab.fleet.devices.map((device) => lab.startAgent({}, device)));
    await converged(first);
  });
  afterEach(async () => {
    network.setWire({});
    await allStreaming();
  });
  afterAll(async () => {
    await lab?.remove();
    await network?.remove();
  });

  it('silently, devices notice by themselves, run on, and go to the newest when it is back', async () => {
    const before = await views();
    network.setWire({ cut: true });
    const missed = await deploy();
    await waitFor(async () => !(await connections()).includes('streaming'), {
      what: 'every device knowing that nobody is there',
      everyMs: 200,
    });
    const newest = await deploy();
    await delay(1_000);
    expect(await views()).toEqual(before);

    network.setWire({});

    await converged(newest);
    expectOneStartEach(before, await views(), 1);
    const receipts = await lab.receipts();
    expect(receipts.map(({ counter }) => counter)).not.toContain(missed);
  });

  it('while a commit is applied, its receipts come later, each once', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const before = await views();
      const counter = await deploy();
      await waitFor(
        async () => {
          const journals = await Promise.all(
            lab.fleet.devices.map((device) => viewJournal(lab.fleet.stateOf(device))),
          );
          return journals.some((journal) => journal.counter === counter);
        },
        { what: 'a device at work', everyMs: 10 },
      );
      await network.setPlugged(false);
      await delay(2_000);
      await network.setPlugged(true);

      await converged(counter);
      expectOneStartEach(before, await views(), 1);
    }
  });

  it.each([
    { how: 'losing every twentieth packet', wire: { loss: 0.05 } },
    { how: 'with 300 ms each way', wire: { delayMs: 300 } },
    { how: 'out of order, some twice', wire: { jitterMs: 40, doubled: 0.1 } },
    {
      how: 'slow and losing, out of order',
      wire: { delayMs: 100, jitterMs: 200, loss: 0.05, doubled: 0.05 },
    },
  ])('$how, every commit that a device is offered is applied once', async ({ wire }) => {
    network.setWire(wire);
    for (let round = 0; round < rounds; round += 1) {
      const before = await views();
      await converged(await deploy());
      expectOneStartEach(before, await views(), 1);
    }
    // Connections are made anew under the same conditions.
    const before = await views();
    await lab.server().process.end('SIGKILL');
    await lab.startServer();
    await converged(await deploy());
    expectOneStartEach(before, await views(), 1);
  });

  it('for large packets alone, nothing is lost that could not pass', async () => {
    const before = await views();
    network.setWire({ mostBytes: 400 });
    const counter = await deploy();
    await delay(5_000);
    network.setWire({});

    await converged(counter);
    expectOneStartEach(before, await views(), 1);
  });

  it('in all these ways, the log has each receipt once, and nobody took a device for two', async () => {
    for (const device of lab.fleet.devices) {
      const receipts = await lab.receipts(device);
      expect(receipts.map(({ seq }) => seq)).toEqual(receipts.map((_, index) => index + 1));
      const counters = receipts.map(({ counter }) => counter);
      expect(counters).toEqual([...new Set(counters)].toSorted((a, b) => a - b));
    }
    await git(lab.fleet.repo, 'fsck', '--strict');
    const said = await Promise.all(lab.fleet.devices.map((device) => lab.status(device)));
    expect(said).toEqual(
      said.map(() => expect.objectContaining({ state: 'applied', code: null }) as unknown),
    );
  });
});
