// SPDX-License-Identifier: Apache-2.0
import { askProgram, runProgram } from '@fairlead/fleet-example';
import { waitFor } from '@fairlead/testing';
import { randomUUID } from 'node:crypto';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canMoveClocks, clockReads } from './clock.fixture.ts';
import { processesOf, viewDevice } from './device-view.fixture.ts';
import { fillDisk, freeDisk } from './full-disk.fixture.ts';
import { buildImage } from './images.fixture.ts';
import { idle, image } from './jobs.fixture.ts';
import { createLab, type Lab } from './lab.fixture.ts';
import { canMakeMachines, startOnMachine } from './machine.fixture.ts';

let lab: Lab;
beforeEach(async () => {
  lab = await createLab();
  await lab.deploy({ jobs: [idle('steady')] });
  await lab.startServer();
});
afterEach(() => lab.remove());

/** Everything but what runs, which is worth nothing on another machine or in another boot. */
const isKept = (path: string): boolean => !path.startsWith(join(lab.state, 'runs/'));

const running = async () => processesOf(await viewDevice(lab.state));

describe('when the disk of a device is restored from a copy', () => {
  it('takes its place from the log, goes to the newest revision, and its next receipt says so', async () => {
    const copy = join(lab.fleet.dir, 'copy');
    const agent = await lab.startAgent();
    await lab.receipt(1);
    await agent.end('SIGTERM');
    await cp(lab.state, copy, { recursive: true, filter: isKept });

    const later = await lab.startAgent();
    await lab.receipt(await lab.deploy({ jobs: [idle('steady', 'later')] }));
    await later.end('SIGTERM');
    await runProgram('agent', ['down', '--state', lab.state]);
    await rm(lab.state, { recursive: true });
    await cp(copy, lab.state, { recursive: true });
    await lab.startAgent();

    const third = await waitFor(async () => (await lab.receipts()).find(({ seq }) => seq === 3), {
      everyMs: 50,
    });
    expect(third).toMatchObject({ counter: 2, result: 'applied', remarks: ['state-restored'] });
    const [, second] = await lab.receipts();
    expect(third.instance).toBe(second?.instance);
    const fourth = await lab.receipt(await lab.deploy({ jobs: [idle('steady', 'last')] }));
    expect(fourth).toMatchObject({ seq: 4, result: 'applied', remarks: [] });
  });
});

describe.skipIf(!canMakeMachines)(
  'when two machines run copies of one state folder (needs mount namespaces)',
  () => {
    it('is noticed, and both are held', async () => {
      const agent = await lab.startAgent();
      await lab.receipt(1);
      await agent.end('SIGTERM');
      const clone = { ...lab.device, name: 'clone' };
      await cp(lab.state, lab.fleet.stateOf(clone), { recursive: true, filter: isKept });

      await lab.startAgent();
      await waitFor(async () => (await lab.status()).connection === 'streaming', { everyMs: 100 });
      const other = await startOnMachine(lab, randomUUID(), clone);
      await other.ready();
      await waitFor(async () => (await lab.status(clone)).connection === 'streaming', { everyMs: 100 });
      // The first comes back, as it would by itself after the pause that it was asked for.
      await askProgram('agent', ['down', '--state', lab.state]);
      await lab.startAgent();

      const held = await waitFor(
        async () => {
          const { devices } = (await askProgram('cli', [
            'status',
            '--server',
            lab.server().grpc,
            '--identity',
            lab.fleet.operator,
          ])) as {
            readonly devices: readonly { readonly id: string; readonly reason: string | null }[];
          };
          const seen = devices.find(({ id }) => id === lab.device.id);
          return seen?.reason === 'duplicate-identity' && seen;
        },
        { everyMs: 100 },
      );
      expect(held).toMatchObject({ state: 'refused' });
    });
  },
);

describe.skipIf(!canMoveClocks)(
  'when the clock of a device stands at 1970 (needs the package libfaketime)',
  () => {
    it('joins the fleet, applies what it is given, and says that its clock is behind', async () => {
      await lab.startAgent({ env: clockReads('@1970-01-01 00:00:10') });

      const receipt = await lab.receipt(1);

      expect(receipt).toMatchObject({ result: 'applied', remarks: ['clock-behind'] });
      expect(receipt.deviceTime).toBeLessThan(86_400_000);
      expect(receipt.trustedTime).toBeGreaterThan(Date.UTC(2026, 0));
    });
  },
);

const isRoot = process.getuid?.() === 0;

describe.skipIf(!isRoot)('when the disk of a device is full (needs root, to mount one)', () => {
  it('says so with both numbers before anything is fetched, keeps its jobs, and goes on when there is room', async () => {
    await lab.mountState('96m');
    await lab.startAgent();
    await lab.receipt(1);
    const before = await running();
    const built = await buildImage(lab.fleet.dir, { content: 'x'.repeat(100_000) });
    await writeFile(join(lab.fleet.dir, 'images/new.tar'), built.bytes);
    await fillDisk(lab.state, 8 * 2 ** 20);

    const url = `${lab.fleet.images}/new.tar`;
    const counter = await lab.deploy({
      jobs: [idle('steady'), idle('new')],
      images: [image('new', { ...built, url })],
    });

    const { message } = await lab.says('pending', 'no-space');
    expect(message).toMatch(/^needs 64\.\d MiB .*free are 8\.0 MiB$/);
    expect(await running()).toEqual(before);
    await freeDisk(lab.state);
    expect(await lab.receipt(counter)).toMatchObject({ result: 'applied' });
    expect((await running())['steady']).toBe(before['steady']);
  });

  it('to the last byte, stands still, keeps its jobs, and goes on when there is room', async () => {
    await lab.mountState('96m');
    await lab.startAgent();
    await lab.receipt(1);
    const before = await running();
    await fillDisk(lab.state, 0);

    const counter = await lab.deploy({ jobs: [idle('steady'), idle('new')] });
    await waitFor(async () => ['no-space', 'storage-failed'].includes((await lab.status()).code ?? ''), {
      everyMs: 100,
    });
    expect(await running()).toEqual(before);

    await freeDisk(lab.state);
    expect(await lab.receipt(counter)).toMatchObject({ result: 'applied' });
    expect((await running())['steady']).toBe(before['steady']);
  });
});
