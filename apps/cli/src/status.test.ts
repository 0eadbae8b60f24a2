// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import { openAuthority } from '@fairlead/identity/authority';
import { writeKeyFolder } from '@fairlead/program';
import { systemClock, tempDir } from '@fairlead/testing';
import {
  decodeStatusRequest,
  encodeStatusPage,
  operatorService,
  type FleetDeviceStatus,
  type StatusPage,
} from '@fairlead/wire';
import { Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createDevelopmentKeys } from './development-keys.ts';
import { devices, fairlead } from './fairlead.fixture.ts';

const head = { revision: sha256('revision'), commit: 'a'.repeat(40) };
const first: FleetDeviceStatus = {
  id: devices[0],
  name: 'harbour',
  group: 'gateways',
  revision: head.revision,
  state: 'applied',
  code: null,
  message: '',
  since: Date.UTC(2026, 5, 1, 12),
};
const second: FleetDeviceStatus = {
  ...first,
  id: devices[1],
  name: '',
  revision: null,
  state: 'failed',
  code: 'start-failed',
  message: 'exit code 3',
};
const problems = [{ area: 'log', code: 'push-refused', message: 'may not push', hint: 'Give it the right.' }];
const pages: Readonly<Record<string, StatusPage>> = {
  '': { head, problems, devices: [first], next: devices[0] },
  [devices[0]]: { head, problems, devices: [second], next: null },
};

let keys = '';
beforeEach(async () => {
  keys = await makeKeys();
});

async function makeKeys(): Promise<string> {
  const dir = join(await tempDir('keys'), 'keys');
  const made = await createDevelopmentKeys({
    now: systemClock.now(),
    operator: 'ada',
    serverNames: ['fleet.example.org'],
  });
  await writeKeyFolder(dir, made.files);
  return dir;
}

type Handler = (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => void;

/** A server of the fleet with real mTLS, whose answers the test writes. */
async function serve(handler: Handler, part: 'server' | 'operator' = 'server'): Promise<string> {
  const pem = {
    private_key: await readFile(join(keys, part, 'key.pem')),
    cert_chain: await readFile(join(keys, part, 'cert.pem')),
  };
  const server = new Server();
  server.addService({ getStatus: operatorService.getStatus }, { getStatus: handler });
  const bind = promisify(server.bindAsync.bind(server));
  const port = await bind(
    '127.0.0.1:0',
    ServerCredentials.createSsl(await readFile(join(keys, 'ca.crt')), [pem], true),
  );
  onTestFinished(() => {
    server.forceShutdown();
  });
  return `127.0.0.1:${port}`;
}

const fromPages: Handler = (call, answer) => {
  const request = decodeStatusRequest(call.request);
  answer(null, encodeStatusPage(pages[(request.ok && request.value.after) || ''] ?? pages['']!));
};
const ask = (server: string, identity: string, ...rest: readonly string[]) =>
  fairlead(['status', '--server', server, '--identity', identity, ...rest]);

describe('when the status of a fleet is asked for', () => {
  it('lists every device of every page', async () => {
    const { code, stdout } = await ask(await serve(fromPages), join(keys, 'operator'), '--output', 'json');
    expect({ code, answer: JSON.parse(stdout) }).toEqual({
      code: 0,
      answer: {
        ...head,
        problems,
        devices: [
          {
            id: devices[0],
            name: 'harbour',
            group: 'gateways',
            revision: head.revision,
            state: 'applied',
            reason: null,
            since: '2026-06-01T12:00:00.000Z',
          },
          {
            id: devices[1],
            name: null,
            group: 'gateways',
            revision: null,
            state: 'failed',
            reason: 'start-failed',
            since: '2026-06-01T12:00:00.000Z',
          },
        ],
      },
    });
  });

  it('is a table for people, without colours in a pipe', async () => {
    const { stdout } = await ask(await serve(fromPages), join(keys, 'operator'));
    expect(stdout).toContain(head.revision);
    expect(stdout).toMatch(new RegExp(`${devices[1]} .*failed .*start-failed: exit code 3`));
    expect(stdout).toContain('problem  log: may not push [push-refused]\n  hint: Give it the right.\n');
    expect(stdout).not.toContain('\u001b');
  });
});

describe('when the identity is not named', () => {
  it('is the operator of the key folder', async () => {
    const server = await serve(fromPages);
    const { code, stdout } = await fairlead(['fleet', 'status', '--server', server, '--keys', keys]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(devices[0]) });
    expect((await fairlead(['status', '--server', server])).code).toBe(2);
  });
});

describe('when the server cannot be asked', () => {
  const errorOf = async (server: string, identity?: string) => {
    const { code, stdout } = await ask(server, identity ?? join(keys, 'operator'), '--output', 'json');
    return { code, error: JSON.parse(stdout).error.code };
  };

  it('ends with 3 where nobody answers', async () => {
    expect(await errorOf('127.0.0.1:1')).toEqual({ code: 3, error: 'no-server' });
    const { stderr } = await ask('127.0.0.1:1', join(keys, 'operator'));
    expect(stderr).toBe(
      'error: 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1 [no-server]\nhint: Check --server and the network.\n',
    );
  });

  it.each(['localhost', 'localhost:0'])('ends with 2 where the address is %s', async (server) => {
    const { code, stderr } = await ask(server, join(keys, 'operator'));
    expect(code).toBe(2);
    expect(stderr).toContain(`--server: '${server}' is not host:port. Write it like`);
  });

  it('ends with 3 where the server refuses this identity', async () => {
    const refusing = await serve((_call, answer) => {
      answer({ code: status.PERMISSION_DENIED, details: 'operators only' });
    });
    expect(await errorOf(refusing)).toEqual({ code: 3, error: 'not-permitted' });
  });

  it('does not talk to a server of another fleet', async () => {
    expect(await errorOf(await serve(fromPages), join(await makeKeys(), 'operator'))).toEqual({
      code: 3,
      error: 'no-server',
    });
  });

  it('does not take a certificate of another role for the server, under the right CA', async () => {
    expect(await errorOf(await serve(fromPages, 'operator'))).toEqual({ code: 3, error: 'no-server' });
  });

  it('does not take the server of another fleet under the same CA', async () => {
    const [key, certificate] = await Promise.all(
      ['ca.pem', 'ca.crt'].map((name) => readFile(join(keys, name), 'utf8')),
    );
    const other = await openAuthority({ key: key!, certificate: certificate! }).issueServer({
      key: await readFile(join(keys, 'server/key.pem'), 'utf8'),
      fleet: sha256('the root of another fleet'),
      names: ['127.0.0.1'],
      now: systemClock.now(),
    });
    await writeFile(join(keys, 'server/cert.pem'), other.certificate);
    expect(await errorOf(await serve(fromPages))).toEqual({ code: 3, error: 'no-server' });
  });

  it('ends with 3 without an identity, or with one that others may read', async () => {
    expect(await errorOf('127.0.0.1:1', await tempDir('none'))).toEqual({ code: 3, error: 'keys-missing' });
    await chmod(join(keys, 'operator', 'key.pem'), 0o640);
    expect(await errorOf('127.0.0.1:1')).toEqual({ code: 3, error: 'keys-too-open' });
  });
});
