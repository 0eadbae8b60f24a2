// SPDX-License-Identifier: Apache-2.0
import {
  askProgram,
  createDemoFleet,
  programs,
  runProgram,
  type DemoDevice,
  type DemoFleet,
  type DemoServer,
  type ProgramProcess,
} from '@fairlead/fleet-example';
import { startProgram, waitFor } from '@fairlead/testing';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quickFlags } from './running-fleet.fixture.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Of the certificates in the tests of renewal, in seconds. */
const life = process.env['FAIRLEAD_LONG'] === undefined ? 6 : 30;

let fleet: DemoFleet;
let server: DemoServer;
beforeAll(async () => {
  fleet = await createDemoFleet({
    dir: await realpath(await mkdtemp(join(tmpdir(), 'fairlead-identities-'))),
  });
  await fleet.commit('The fleet begins');
});
afterAll(async () => {
  await fleet.stop();
  await rm(fleet.dir, { recursive: true, force: true, maxRetries: 5 });
});

async function restartServer(...flags: readonly string[]): Promise<void> {
  await server?.process.end('SIGTERM');
  server = await fleet.startServer({ flags: ['--poll', '200ms', ...flags] });
}

const agents = new Map<DemoDevice, ProgramProcess>();
async function start(device: DemoDevice): Promise<void> {
  agents.set(device, await fleet.startAgent(device, server, { flags: quickFlags }));
}
async function stop(device: DemoDevice): Promise<void> {
  await agents.get(device)?.end('SIGTERM');
}

const stateFolder = (name: string): string => join(fleet.dir, 'devices', name);
/** An agent of another kind than those that the fleet starts. */
const agentWith = (name: string, ...flags: readonly string[]) =>
  startProgram(
    process.execPath,
    [programs.agent, '--state', stateFolder(name), '--server', server.grpc, ...quickFlags, ...flags],
    { cwd: fleet.dir },
  );

const identityFile = (state: string, name: string) => readFile(join(state, 'link/identity', name));
const certificateIn = async (state: string) => new X509Certificate(await identityFile(state, 'cert.pem'));
const keyIn = async (state: string) =>
  createPublicKey(createPrivateKey(await identityFile(state, 'key.pem')))
    .export({ type: 'spki', format: 'der' })
    .toString('hex');

async function records(kind: string, device: DemoDevice): Promise<readonly Fields[]> {
  const { stdout } = await runProgram('cli', ['log', '--repo', fleet.repo, '--output', 'json']);
  const all = stdout.split('\n').filter((line) => line !== '');
  return all
    .map((line) => JSON.parse(line) as Fields)
    .filter((one) => one['kind'] === kind && one['device'] === device.id);
}

/** What an agent says of itself; nothing while none answers. */
async function statusOf(state: string): Promise<Fields> {
  const { code, stdout } = await runProgram('agent', ['status', '--state', state, '--output', 'json']);
  return code === 0 ? (JSON.parse(stdout) as Fields) : {};
}
const connectionOf = async (state: string) => (await statusOf(state))['connection'];
const isStreaming = (state: string) =>
  waitFor(async () => (await connectionOf(state)) === 'streaming', { what: 'a stream', withinMs: 30_000 });

const operator = () => ['--server', server.grpc, '--identity', fleet.operator];
const enrolments = async () =>
  (await askProgram('cli', ['enroll', 'list', ...operator()])) as {
    readonly waiting: readonly Fields[];
    readonly issued: readonly Fields[];
  };
const waitingKeys = async (device: DemoDevice) =>
  (await enrolments()).waiting.filter((one) => one['device'] === device.id).map((one) => String(one['key']));

/** Lines that the server logged of a device's streams. */
async function connects(device: DemoDevice): Promise<number> {
  const log = await readFile(fleet.logOf('server'), 'utf8');
  return log.split('\n').filter((line) => line.includes('device connected') && line.includes(device.id))
    .length;
}

describe('when certificates live for seconds', () => {
  it('are renewed three times on one stream, for the same key', async () => {
    const [device] = fleet.devices as [DemoDevice];
    const state = fleet.stateOf(device);
    await restartServer('--certificate-life', `${String(life)}s`);
    await start(device);
    await isStreaming(state);
    const key = await keyIn(state);

    const renewed = await waitFor(
      async () => {
        const found = await records('renewed', device);
        return found.length >= 3 && found;
      },
      { what: 'three renewals', withinMs: life * 5_000 },
    );

    const [enrolled] = await records('enrolled', device);
    const prints = [enrolled, ...renewed].map((one) => one?.['fingerprint']);
    expect(renewed.map((one) => one['previous'])).toEqual(prints.slice(0, -1));
    expect(await connects(device)).toBe(1);
    expect(await keyIn(state)).toBe(key);
    expect(await connectionOf(state)).toBe('streaming');
  });

  it('let a device in that was away for longer, and one that was away too long only when somebody says so', async () => {
    const [returning, lost] = fleet.devices as [DemoDevice, DemoDevice];
    await start(lost);
    await isStreaming(fleet.stateOf(lost));
    await Promise.all([returning, lost].map(stop));
    const before = (await records('renewed', returning)).length;
    for (const device of [returning, lost]) {
      const { validToDate } = await certificateIn(fleet.stateOf(device));
      await waitFor(() => Date.now() > validToDate.getTime() + 1_000, { withinMs: life * 2_000 });
    }

    await start(returning);
    await isStreaming(fleet.stateOf(returning));
    expect((await records('renewed', returning)).length).toBe(before + 1);

    await stop(returning);
    await restartServer('--max-away', '1s');
    await start(lost);
    const [key] = await waitFor(
      async () => {
        const keys = await waitingKeys(lost);
        return keys.length > 0 && keys;
      },
      { what: 'the device asking', withinMs: 20_000 },
    );
    await askProgram('cli', ['enroll', 'approve', lost.id, '--fingerprint', String(key), ...operator()]);
    await isStreaming(fleet.stateOf(lost));
    expect(await records('enrolled', lost)).toMatchObject([{}, { approvedBy: 'operator operator' }]);
    await stop(lost);
  });
});

describe('when a device has no token', () => {
  it('waits for approval, is revoked, and comes back with another key only when somebody says so again', async () => {
    const device = fleet.devices[2] as DemoDevice;
    await restartServer();
    const state = stateFolder('without-token');
    const anchor = ['--root', join(fleet.keys, 'root.json'), '--ca', join(fleet.keys, 'ca.crt')];
    const agent = agentWith('without-token', '--device', device.id, ...anchor);
    const [first = ''] = await waitFor(
      async () => {
        const keys = await waitingKeys(device);
        return keys.length > 0 && keys;
      },
      { what: 'the device asking', withinMs: 20_000 },
    );
    expect(agent.stderr()).toContain(first);

    await askProgram('cli', ['enroll', 'approve', device.id, ...operator()]);
    await isStreaming(state);
    const [pem, key] = await Promise.all(['cert.pem', 'key.pem'].map((name) => identityFile(state, name)));
    const target = await waitFor(async () => (await statusOf(state))['target']);
    const get = () => statusOfTarget(server.grpc, String(target), { cert: pem!, key: key! });
    await waitFor(async () => (await get()).status === 200);
    // What is written in the moment in which a key ends to count, an auditor rightly remarks on.
    await waitFor(async () => (await records('receipt', device)).length > 0, { withinMs: 30_000 });

    await askProgram('cli', ['enroll', 'revoke', device.id, ...operator()]);
    await waitFor(async () => (await connectionOf(state)) !== 'streaming', { withinMs: 5_000 });
    expect(await get()).toEqual({ status: 403, code: 'certificate-revoked' });

    // What the server keeps in its data folder forgives nothing.
    await server.process.end('SIGTERM');
    await rm(join(fleet.dir, 'server'), { recursive: true });
    await restartServer();
    await waitFor(async () => (await get()).status !== 404);
    const thief = agentWith(
      'thief',
      '--token-file',
      join(fleet.dir, `${fleet.devices[0]?.name ?? ''}.token`),
    );
    await waitFor(() => thief.stderr().includes('"code":"token-used"'), { what: 'the used token refused' });
    await thief.end('SIGTERM');
    expect(await get()).toEqual({ status: 403, code: 'certificate-revoked' });

    const [second = ''] = await waitFor(
      async () => {
        const keys = await waitingKeys(device);
        return keys.length > 0 && keys;
      },
      { what: 'the device asking with another key', withinMs: 60_000 },
    );
    expect(second).not.toBe(first);
    await askProgram('cli', ['enroll', 'approve', device.id, ...operator()]);
    await isStreaming(state);
    expect(await get()).toEqual({ status: 403, code: 'certificate-revoked' });
    expect((await enrolments()).issued.find((one) => one['device'] === device.id)).toMatchObject({
      key: second,
      approvedBy: 'operator operator',
      revoked: null,
    });
  }, 120_000);

  it('is not heard where devices.json does not list it', async () => {
    const { code, stdout } = await runProgram('cli', [
      'enroll',
      'approve',
      '11111111-2222-4333-8444-555555555555',
      ...operator(),
      '--output',
      'json',
    ]);
    expect({ code, error: (JSON.parse(stdout) as { readonly error: Fields }).error['code'] }).toEqual({
      code: 1,
      error: 'not-in-fleet',
    });
  });
});

/** What the device door says to whoever shows this certificate. */
function statusOfTarget(
  address: string,
  digest: string,
  pair: { readonly cert: Buffer; readonly key: Buffer },
): Promise<{ readonly status: number; readonly code: unknown }> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        ...pair,
        host,
        port,
        path: `/targets/${digest.slice('sha256:'.length)}`,
        rejectUnauthorized: false,
        agent: false,
      },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () => {
          const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as { readonly error?: Fields };
          resolve({ status: answer.statusCode ?? 0, code: body.error?.['code'] });
        });
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}

describe('when an auditor verifies the log of that', () => {
  it('nothing is found: every certificate and every end of one stands there', async () => {
    const args = ['--repo', fleet.repo, '--root', join(fleet.repo, 'trust/root/1.json')];
    const report = await askProgram('cli', ['audit', 'verify', ...args]);
    expect(report).toMatchObject({ ok: true, findings: [] });
  });
});
