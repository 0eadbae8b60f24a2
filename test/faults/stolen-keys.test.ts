// SPDX-License-Identifier: Apache-2.0
import { askProgram } from '@fairlead/fleet-example';
import { ed25519Signer } from '@fairlead/trust/sign';
import { heldVersions, parseHeldTrust, rootIdentity, type HeldVersions } from '@fairlead/trust/verify';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { idleUnit, publicationOf, type FleetKeys } from './forged-fleet.fixture.ts';
import { startHostileServer } from './hostile-server.fixture.ts';
import { createLab, quickFlags, type Lab } from './lab.fixture.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await createLab();
});
afterAll(() => lab.remove());

/** Everything that a server has, and so whoever broke into it. */
async function stolenFrom(keys: string): Promise<FleetKeys> {
  const read = (name: string): Promise<string> => readFile(join(keys, name), 'utf8');
  const signer = async (role: string) => [ed25519Signer(await read(`${role}.pem`))];
  const root = await readFile(join(keys, 'root.json'));
  return {
    root,
    fleet: rootIdentity(root),
    signers: {
      targets: await signer('targets'),
      snapshot: await signer('snapshot'),
      timestamp: await signer('timestamp'),
    },
    authorityKeys: { key: await read('ca.pem'), certificate: await read('ca.crt') },
  };
}

async function held(): Promise<HeldVersions> {
  const trust = parseHeldTrust(await readFile(join(lab.state, 'link/trust.json')));
  if (!trust.ok) throw new Error(trust.error.join('; '));
  return heldVersions(trust.value);
}

const job = (name: string) => ({ jobs: [{ job: name, exec_cmd: 'sleep', exec_args: ['1000000'] }] });
const far = 2 ** 31;

describe('when a thief of the online keys sends a device as far forward as versions go', () => {
  it('takes nothing from its fleet until the keys are replaced, and then goes on where the fleet is', async () => {
    await lab.deploy(job('first'));
    await lab.startServer();
    const agent = await lab.startAgent();
    await lab.receipt(1);
    await agent.end('SIGTERM');

    const loot = join(lab.fleet.dir, 'loot');
    await cp(lab.fleet.keys, loot, { recursive: true });
    const keys = await stolenFrom(loot);
    const thief = await startHostileServer(keys);
    onTestFinished(() => thief.stop());
    const forged = (name: string, number: number) =>
      publicationOf(keys, {
        counter: number,
        version: number,
        device: lab.device.id,
        state: { format: 1, units: [idleUnit(name)] },
      });
    const evil = forged('evil', far);
    await thief.publish(evil);
    const led = await lab.fleet.startAgent(
      lab.device,
      { ...lab.server(), grpc: thief.address },
      { flags: quickFlags },
    );
    await thief.receiptOf(evil.revision);
    await led.end('SIGTERM');
    expect(await held()).toMatchObject({ root: 1, timestamp: far, snapshot: far, counter: far });

    const second = await lab.startAgent();
    await lab.deploy(job('second'));
    await lab.says('applied');
    expect(await held()).toMatchObject({ counter: far });

    for (const role of ['timestamp', 'snapshot', 'targets'])
      await askProgram('cli', [
        'keys',
        'rotate',
        '--role',
        role,
        '--dir',
        lab.fleet.keys,
        '--repo',
        lab.fleet.repo,
      ]);
    const counter = await lab.deploy(job('third'));
    expect(await lab.receipt(counter)).toMatchObject({ result: 'applied' });
    const { units } = await lab.status();
    const running = units.filter(({ condition }) => condition === 'running').map(({ name }) => name);
    expect(running).toEqual(['third']);
    expect(await held()).toMatchObject({ root: 4, counter });

    // What the thief signs now, the device takes no more, however new it is.
    await second.end('SIGTERM');
    const again = { ...forged('again', far + 1), newestRoot: 4 };
    await thief.publish(again);
    await lab.fleet.startAgent(lab.device, { ...lab.server(), grpc: thief.address });
    expect(await thief.refusalOf(again.revision)).toBe('bad-signature');
    expect(await held()).toMatchObject({ root: 4, counter });
  });
});
