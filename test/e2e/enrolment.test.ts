// SPDX-License-Identifier: Apache-2.0
import {
  createDemoFleet,
  programs,
  runProgram,
  type DemoFleet,
  type DemoServer,
} from '@fairlead/fleet-example';
import { startProgram, waitFor } from '@fairlead/testing';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let fleet: DemoFleet;
let server: DemoServer;
beforeAll(async () => {
  fleet = await createDemoFleet({ dir: await realpath(await mkdtemp(join(tmpdir(), 'fairlead-enrol-'))) });
  await fleet.commit('The fleet begins');
  server = await fleet.startServer();
});
afterAll(async () => {
  await fleet.stop();
  await rm(fleet.dir, { recursive: true, force: true, maxRetries: 5 });
});

async function token(device: string, ...flags: readonly string[]): Promise<string> {
  const made = await runProgram('cli', [
    'enroll',
    'token',
    'create',
    '--device',
    device,
    '--keys',
    fleet.keys,
    ...flags,
  ]);
  expect(made.code).toBe(0);
  return made.stdout.trim();
}

let agents = 0;
/** Starts an agent with a state folder of its own and this token; gives its log and where its certificate would be. */
async function enrol(text: string): Promise<{ readonly log: () => string; readonly certificate: string }> {
  agents += 1;
  const state = join(fleet.dir, 'devices', `enrol-${String(agents)}`);
  const file = `${state}.token`;
  await writeFile(file, text, { mode: 0o600 });
  const args = [
    programs.agent,
    '--state',
    state,
    '--server',
    server.grpc,
    '--token-file',
    file,
    '--health-window',
    '500ms',
  ];
  const agent = startProgram(process.execPath, args, { cwd: fleet.dir });
  return { log: () => agent.stderr(), certificate: join(state, 'link/identity/cert.pem') };
}

async function logged(log: () => string, code: string): Promise<void> {
  await waitFor(() => log().includes(`"code":"${code}"`), { what: `the agent saying ${code}` });
}

const gateway = '0b1e7a52-3c64-4f0e-8d0b-5a1c9f2e4d01';
const sensor = '4d2f9c86-71ab-4e3d-9c5e-b80a6d3f1e02';

describe('when a device brings its token', () => {
  it('gets a certificate that names it, whose key never left it, and the use stands in the log', async () => {
    const text = await token(sensor);
    const { certificate: path, log } = await enrol(text);

    const certificate = await waitFor(async () => new X509Certificate(await readFile(path)));

    expect(certificate.subjectAltName).toMatch(new RegExp(`^URI:fairlead://[0-9a-f]{64}/device/${sensor}$`));
    const { stdout } = await runProgram('cli', ['log', '--repo', fleet.repo, '--output', 'json']);
    const enrolled = stdout.split('\n').filter((line) => line.includes('"enrolled"'));
    expect(enrolled).toHaveLength(1);
    expect(enrolled[0]).toContain(text.split('.')[0]);
    const secret = text.split('.')[1] ?? '';
    for (const place of [stdout, log(), await readFile(fleet.logOf('server'), 'utf8')])
      expect(place).not.toContain(secret);
  });

  it('cannot be followed by another with the same token', async () => {
    const text = await token(gateway);
    const first = await enrol(text);
    await waitFor(() => readFile(first.certificate));

    const second = await enrol(text);

    await logged(second.log, 'token-used');
    await expect(readFile(second.certificate)).rejects.toThrow();
  });
});

describe('when a token does not count', () => {
  it('is refused once it has expired', async () => {
    const { log } = await enrol(await token(sensor, '--expires', '1ms'));
    await logged(log, 'token-expired');
  });

  it('is refused for a device that devices.json does not list', async () => {
    const { log } = await enrol(await token('11111111-2222-4333-8444-555555555555'));
    await logged(log, 'not-in-fleet');
  });

  it('is refused where its secret was changed', async () => {
    const [id = '', secret = '', digest = ''] = (await token(sensor)).split('.');
    const changed = `${secret.startsWith('A') ? 'B' : 'A'}${secret.slice(1)}`;
    const { log } = await enrol([id, changed, digest].join('.'));
    await logged(log, 'token-invalid');
  });

  it('never sends its secret to a server whose root it does not name', async () => {
    const [id = '', secret = ''] = (await token(sensor)).split('.');
    const { log } = await enrol([id, secret, '0'.repeat(64)].join('.'));
    await logged(log, 'digest-mismatch');
  });
});
