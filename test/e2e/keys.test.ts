// SPDX-License-Identifier: Apache-2.0
import {
  askProgram,
  createDemoFleet,
  createReceiptReader,
  edit,
  type DemoDevice,
  type DemoFleet,
  type DemoServer,
  type ProgramProcess,
  type ReceiptReader,
} from '@fairlead/fleet-example';
import { git, waitFor } from '@fairlead/testing';
import { heldVersions, parseHeldTrust, type Receipt } from '@fairlead/trust/verify';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quickFlags } from './running-fleet.fixture.ts';

type Fields = Readonly<Record<string, unknown>>;

let fleet: DemoFleet;
let server: DemoServer;
let reader: ReceiptReader;
const agents = new Map<DemoDevice, ProgramProcess>();

beforeAll(async () => {
  fleet = await createDemoFleet({ dir: await realpath(await mkdtemp(join(tmpdir(), 'fairlead-keys-'))) });
  await fleet.commit('The fleet begins');
  server = await fleet.startServer({ flags: ['--poll', '200ms'] });
  reader = createReceiptReader(fleet.repo);
});
afterAll(async () => {
  await fleet.stop();
  await rm(fleet.dir, { recursive: true, force: true, maxRetries: 5 });
});

const start = async (device: DemoDevice): Promise<void> => {
  agents.set(
    device,
    await fleet.startAgent(device, server, { flags: [...quickFlags, '--reconnect-cap', '1s'] }),
  );
};
const stop = (device: DemoDevice): Promise<unknown> =>
  agents.get(device)?.end('SIGTERM') ?? Promise.resolve();

const keysCommand = async (command: string, ...args: readonly string[]): Promise<Fields> =>
  (await askProgram('cli', ['keys', command, ...args])) as Fields;

const holderFile = (name: string): string => join(fleet.dir, `${name}.pem`);
const rootFile = (version: number): string => join(fleet.repo, `trust/root/${String(version)}.json`);

/** Writes the next root; the other holders sign it where it says that it needs them. */
async function rotate(
  version: number,
  role: string,
  { more = [], by = [] }: { readonly more?: readonly string[]; readonly by?: readonly string[] } = {},
): Promise<void> {
  const written = await keysCommand(
    'rotate',
    '--role',
    role,
    '--dir',
    fleet.keys,
    '--repo',
    fleet.repo,
    ...more,
  );
  expect(written).toMatchObject({ version, complete: by.length === 0 });
  for (const [index, name] of by.entries()) {
    const signed = await keysCommand('sign', rootFile(version), '--key', holderFile(name));
    expect(signed).toMatchObject({ complete: index === by.length - 1 });
  }
}

/** Commits a change that every device applies, and waits until these have. */
async function deploy(message: string, ...devices: readonly DemoDevice[]): Promise<void> {
  beats += 1;
  const beat = (count: number): string => `\\"beatMs\\":${String(5_000 - count)}`;
  await edit(fleet.repo, [{ file: 'running/beacon.json', from: beat(beats - 1), to: beat(beats) }]);
  await fleet.commit(message);
  // The first commit has counter 1, and each of these one more.
  for (const device of devices) await applied(device, beats + 1);
}
let beats = 0;

const applied = (device: DemoDevice, counter: number): Promise<unknown> =>
  waitFor(
    async () => {
      receipts.push(...(await reader.fresh()));
      return receipts.some(
        (receipt) =>
          receipt.device === device.id && receipt.counter === counter && receipt.result === 'applied',
      );
    },
    { what: `a receipt of ${device.name} for commit ${String(counter)}`, everyMs: 100, withinMs: 60_000 },
  );
const receipts: Receipt[] = [];

/** What an operator is told of a device. */
async function stateOf(device: DemoDevice): Promise<Fields | undefined> {
  const args = ['status', '--server', server.grpc, '--identity', fleet.operator];
  const { devices } = (await askProgram('cli', args)) as { readonly devices: readonly Fields[] };
  return devices.find(({ id }) => id === device.id);
}

/** Version of the root that a device holds. */
async function rootOf(device: DemoDevice): Promise<number> {
  const held = parseHeldTrust(await readFile(join(fleet.stateOf(device), 'link/trust.json')));
  return held.ok ? heldVersions(held.value).root : 0;
}

const isFrom = async (device: DemoDevice, ca: string): Promise<boolean> => {
  const [own, authority] = await Promise.all(
    [join(fleet.stateOf(device), 'link/identity/cert.pem'), join(fleet.keys, ca)].map(
      async (path) => new X509Certificate(await readFile(path)),
    ),
  );
  return authority !== undefined && own?.verify(authority.publicKey) === true;
};

describe('when every key of a fleet is replaced', () => {
  it('is followed by who was there, by who was away meanwhile, and by who joins after it', async () => {
    const [home, away, late] = fleet.devices;
    if (home === undefined || away === undefined || late === undefined) throw new Error('three devices');
    await start(home);
    await start(away);
    await deploy('Begin', home, away);
    await stop(away);

    // Root keys with several holders: who signed alone so far, then two of three.
    for (const name of ['anna', 'bela']) await keysCommand('create', '--key', holderFile(name));
    const add = ['anna', 'bela'].map((name) => `${holderFile(name)}.pub`).join(',');
    await rotate(2, 'root', { more: ['--add', add, '--threshold', '2'], by: ['anna'] });
    await rotate(3, 'root', { by: ['bela'] });
    await rotate(4, 'timestamp', { by: ['anna'] });
    await deploy('Another root key, another timestamp key', home);
    await rotate(5, 'snapshot', { by: ['anna'] });
    await rotate(6, 'targets', { by: ['bela'] });
    await rotate(7, 'ca', { by: ['anna'] });
    await deploy('The other keys, and a second CA', home);
    expect(await rootOf(home)).toBe(7);

    expect(await rootOf(away)).toBe(1);
    await start(away);
    await start(late);
    await deploy('All of them again', home, away, late);
    expect([await rootOf(away), await rootOf(late)]).toEqual([7, 7]);
    expect([await isFrom(away, 'ca.crt'), await isFrom(late, 'ca.7.crt')]).toEqual([true, true]);

    // The first CA goes: its certificates count no more, those of the second go on.
    const { ca } = (await keysCommand('show', '--repo', fleet.repo)) as { readonly ca: readonly string[] };
    await rotate(8, 'ca', { more: ['--remove', ca[0] ?? ''], by: ['anna'] });
    await deploy('One CA again', late);
    await waitFor(async () => (await stateOf(home))?.['state'] === 'offline', {
      what: 'home being sent away',
    });
    // Also for a server that starts from nothing but the repository and the keys.
    await server.process.end('SIGTERM');
    await rm(join(fleet.dir, 'server'), { recursive: true, force: true });
    server = await fleet.startServer();
    await deploy('Without the first CA', late);
    expect(await stateOf(home)).not.toMatchObject({ state: 'applied' });
    await git(fleet.repo, 'fsck', '--strict');
  });
});

describe('when an auditor verifies the log of that', () => {
  it('nothing is found: each commit is judged by the root that was in force', async () => {
    const report = await askProgram('cli', ['audit', 'verify', '--repo', fleet.repo, '--root', rootFile(1)]);
    const { roots } = (report as { readonly checked: { readonly roots: number } }).checked;
    expect(report).toMatchObject({ ok: true, findings: [] });
    expect(roots).toBeGreaterThan(3);
  });
});
