// SPDX-License-Identifier: Apache-2.0
import { askProgram, type ProgramProcess } from '@fairlead/fleet-example';
import { waitFor } from '@fairlead/testing';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canMoveClocks, clockReads } from './clock.fixture.ts';
import { processesOf, viewDevice } from './device-view.fixture.ts';
import { idle } from './jobs.fixture.ts';
import { createLab, type Lab } from './lab.fixture.ts';

const day = 86_400_000;

let lab: Lab;
let agent: ProgramProcess;

const deploy = (version: string): Promise<number> =>
  lab.deploy({ jobs: [idle('steady'), idle('changing', version)] });
const running = async () => processesOf(await viewDevice(lab.state));

/** Both are started anew at other times; undefined: the machine's. */
async function startServer(time?: string): Promise<void> {
  await lab.server().process.end('SIGTERM');
  await lab.startServer(time === undefined ? {} : { env: clockReads(time) });
}

async function startAgent(time?: string): Promise<void> {
  await agent.end('SIGTERM');
  agent = await lab.startAgent(time === undefined ? {} : { env: clockReads(time) });
  await agent.ready;
}

/** What the server says of the device, once it says this state. */
function serverSays(state: string): Promise<{ readonly reason: string | null }> {
  const who = ['--server', lab.server().grpc, '--identity', lab.fleet.operator];
  return waitFor(
    async () => {
      const { devices } = (await askProgram('cli', ['status', ...who])) as {
        readonly devices: readonly {
          readonly id: string;
          readonly state: string;
          readonly reason: string | null;
        }[];
      };
      return devices.find((device) => device.id === lab.device.id && device.state === state);
    },
    { what: `the server saying ${state}`, everyMs: 100 },
  );
}

describe.skipIf(!canMoveClocks)(
  'when clocks disagree by more than metadata lives (needs the package libfaketime)',
  () => {
    beforeAll(async () => {
      lab = await createLab();
      const first = await deploy('first');
      await lab.startServer();
      agent = await lab.startAgent();
      await lab.receipt(first);
    });
    afterAll(() => lab.remove());

    it('a device ahead installs nothing and runs on; the server says whose clock it is', async () => {
      const before = await running();
      await startAgent('+3d');

      const counter = await deploy('not for a wrong clock');

      expect(await lab.says('refused')).toMatchObject({ code: 'freeze' });
      expect(await serverSays('refused')).toMatchObject({ reason: 'clock-ahead' });
      expect(await running()).toEqual(before);
      await startAgent();
      expect(await lab.receipt(counter)).toMatchObject({ result: 'applied', remarks: [] });
    });

    it('a device behind goes by the time that was signed, and says so', async () => {
      await startAgent('-3d');

      expect(await lab.receipt(await deploy('by signed time'))).toMatchObject({
        result: 'applied',
        remarks: ['clock-behind'],
      });
      await startAgent();
      await lab.says('applied');
    });

    it('a server behind gets nothing installed, and everything once its clock is set', async () => {
      const before = await running();
      await startServer('-3d');

      const counter = await deploy('signed in the past');

      expect(await lab.says('refused')).toMatchObject({ code: 'freeze' });
      expect(await running()).toEqual(before);
      await startServer();
      expect(await lab.receipt(counter)).toMatchObject({ result: 'applied' });
      await lab.says('applied');
    });

    it('a server ahead is followed, and followed on once its clock is set', async () => {
      await startServer('+3d');
      expect(await lab.receipt(await deploy('signed in the future'))).toMatchObject({
        result: 'applied',
        remarks: ['clock-behind'],
      });

      await startServer();

      expect(await lab.receipt(await deploy('signed today'))).toMatchObject({
        result: 'applied',
        remarks: [],
      });
      await lab.says('applied');
    });

    it('a device that was away for five months renews its certificate and goes to the newest', async () => {
      const certificate = async () =>
        new X509Certificate(await readFile(join(lab.state, 'link/identity/cert.pem')));
      const old = await certificate();
      await agent.end('SIGTERM');
      await startServer('+150d');
      const counter = await deploy('five months later');

      await startAgent('+150d');

      expect(await lab.receipt(counter)).toMatchObject({ result: 'applied' });
      const renewed = await certificate();
      expect(Date.parse(old.validTo)).toBeLessThan(Date.now() + 150 * day);
      expect(Date.parse(renewed.validTo)).toBeGreaterThan(Date.now() + 150 * day);
      expect(renewed.publicKey.export({ type: 'spki', format: 'pem' })).toBe(
        old.publicKey.export({ type: 'spki', format: 'pem' }),
      );
    });
  },
);
