// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { silentLogger, type LogData, type Logger } from '@fairlead/base';
import { keyFingerprint } from '@fairlead/identity';
import { tempDir, waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { startScriptedServer, welcome } from './scripted-server.fixture.ts';
import { startDevice } from './test-device.fixture.ts';
import { alpha, createTestFleet, type TestFleet } from './test-fleet.fixture.ts';

/** Issues for `life` milliseconds, to be renewed after a sixth of it: certificates end with a whole second. */
async function issue(fleet: TestFleet, csr: Uint8Array, life: number) {
  const now = Date.now();
  const issued = await fleet.authority.issueDevice({ csr, fleet: fleet.fleet, device: alpha, now, life });
  if (!issued.ok) throw new Error(issued.error);
  return { certificate: issued.value.certificate, renewAt: now + life / 6 };
}

const certificateIn = async (dir: string) => readFile(join(dir, 'identity/cert.pem'), 'utf8');
const keyIn = async (dir: string) =>
  keyFingerprint(createPublicKey(createPrivateKey(await readFile(join(dir, 'identity/key.pem')))));

describe('when a certificate comes near its end', () => {
  it('is renewed again and again for the same key, and the stream stays', async () => {
    const fleet = await createTestFleet();
    const server = await startScriptedServer(fleet);
    server.script.onEnroll = async ({ csr }) => issue(fleet, csr, 6_000);
    const renewed: string[] = [];
    server.script.onRenew = async ({ csr }, peer) => {
      renewed.push(peer);
      return issue(fleet, csr, 6_000);
    };
    const dir = await tempDir();
    const { link } = await startDevice(dir, server.address, fleet.token());
    const stream = await server.stream();
    const key = await keyIn(dir);
    const first = await certificateIn(dir);

    await waitFor(() => renewed.length >= 3, { what: 'three renewals', withinMs: 20_000 });

    expect(server.streams).toHaveLength(1);
    expect(renewed.slice(0, 3)).toEqual(Array.from({ length: 3 }, () => stream.peer));
    expect(await certificateIn(dir)).not.toBe(first);
    expect(await keyIn(dir)).toBe(key);
    expect(link.view()).toMatchObject({ connection: { kind: 'streaming' }, failure: null });
  });

  it('asks again where it was not to be had', async () => {
    const fleet = await createTestFleet();
    const server = await startScriptedServer(fleet);
    server.script.onEnroll = async ({ csr }) => issue(fleet, csr, 0);
    let asked = 0;
    server.script.onRenew = async ({ csr }) => {
      asked += 1;
      return asked === 1 ? { code: 'log-unwritable' } : issue(fleet, csr, 3_600_000);
    };
    // The server would not take such a certificate; this one asks for none.
    const dir = await tempDir();
    await startDevice(dir, server.address, fleet.token());
    await waitFor(() => asked === 2, { what: 'the second attempt' });
    await waitFor(
      async () => new X509Certificate(await certificateIn(dir)).validToDate.getTime() > Date.now(),
    );
  });

  it('waits for an older server, which said nothing of renewal, until thirty days before the end', async () => {
    const fleet = await createTestFleet();
    const server = await startScriptedServer(fleet);
    let asked = 0;
    server.script.onEnroll = async ({ csr }) => (await issue(fleet, csr, 29 * 86_400_000)).certificate;
    server.script.onRenew = async ({ csr }) => {
      asked += 1;
      return (await issue(fleet, csr, 31 * 86_400_000)).certificate;
    };
    const dir = await tempDir();
    await startDevice(dir, server.address, fleet.token());
    await waitFor(() => asked > 0);
    await server.stream();
    await waitFor(async () => {
      const ends = new X509Certificate(await certificateIn(dir)).validToDate.getTime();
      return ends > Date.now() + 30 * 86_400_000;
    });
    expect(asked).toBe(1);
  });
});

describe('when the server says that a certificate has ended', () => {
  it('is renewed before the next stream', async () => {
    const fleet = await createTestFleet();
    const server = await startScriptedServer(fleet);
    let isEnded = true;
    server.script.onHello = () =>
      isEnded
        ? { kind: 'goodbye', reason: 'certificate-expired', message: 'it has ended', retryAfterMs: 0 }
        : welcome;
    server.script.onRenew = async ({ csr }) => {
      isEnded = false;
      return issue(fleet, csr, 3_600_000);
    };
    const { link } = await startDevice(await tempDir(), server.address, fleet.token());
    await waitFor(() => link.view().connection.kind === 'streaming');
    expect(server.streams).toHaveLength(2);
  });

  it('asks to be taken in with the same key where it was away too long', async () => {
    const fleet = await createTestFleet();
    const server = await startScriptedServer(fleet);
    const asked: (string | null)[] = [];
    server.script.onHello = () =>
      asked.includes(null)
        ? welcome
        : { kind: 'goodbye', reason: 'certificate-expired', message: 'it has ended', retryAfterMs: 0 };
    server.script.onEnroll = async ({ token, csr }) => {
      asked.push(token);
      return asked.length === 2 ? { code: 'token-used' } : issue(fleet, csr, 3_600_000);
    };
    server.script.onRenew = async () => ({ code: 'away-too-long' });
    const dir = await tempDir();
    const token = fleet.token();
    const { link } = await startDevice(dir, server.address, token);
    const key = await waitFor(() => keyIn(dir));
    await waitFor(() => link.view().connection.kind === 'streaming');
    expect(asked).toEqual([token, token, null]);
    expect(await keyIn(dir)).toBe(key);
  });
});

describe('when a certificate opens nothing any more', () => {
  it('asks to be taken in with the same key, and keeps it until then', async () => {
    const fleet = await createTestFleet();
    const server = await startScriptedServer(fleet);
    const keys: unknown[] = [];
    let isGone = false;
    server.script.onEnroll = async ({ token, csr }) => {
      keys.push(await fleet.authority.keyOf(csr));
      if (token !== null) return keys.length === 1 ? issue(fleet, csr, 3_600_000) : { code: 'token-used' };
      isGone = false;
      return issue(fleet, csr, 3_600_000);
    };
    // What the real server says of a certificate whose CA has gone comes before any stream.
    server.script.refusal = () => (isGone ? 'not-permitted' : null);
    const { link } = await startDevice(await tempDir(), server.address, fleet.token());
    const stream = await server.stream();
    isGone = true;
    stream.cut();
    await server.stream(1);
    await waitFor(() => link.view().connection.kind === 'streaming');
    expect(keys).toHaveLength(3);
    expect(new Set(keys.map((key) => JSON.stringify(key))).size).toBe(1);
  });
});

describe('when a certificate is revoked', () => {
  it('asks to be taken in with another key and another instance', async () => {
    const fleet = await createTestFleet();
    const server = await startScriptedServer(fleet);
    const asked: (string | null)[] = [];
    const keys: unknown[] = [];
    server.script.onHello = () =>
      asked.includes(null)
        ? welcome
        : { kind: 'goodbye', reason: 'revoked', message: 'it is revoked', retryAfterMs: 0 };
    server.script.onEnroll = async ({ token, csr }) => {
      asked.push(token);
      keys.push(await fleet.authority.keyOf(csr));
      return asked.length === 2 ? { code: 'token-used' } : issue(fleet, csr, 3_600_000);
    };
    await startDevice(await tempDir(), server.address, fleet.token());
    const first = await server.stream();
    const second = await server.stream(1);
    expect(keys).toHaveLength(3);
    expect(keys[1]).not.toEqual(keys[0]);
    expect(keys[2]).toEqual(keys[1]);
    expect(second.hello.receipts.instance).not.toBe(first.hello.receipts.instance);
  });
});

describe('when a device has no token', () => {
  const lines: LogData[] = [];
  const logger: Logger = {
    ...silentLogger,
    info: (_message, data) => {
      if (data !== undefined) lines.push(data);
    },
  };

  it('asks until somebody approves it, and says which key it has', async () => {
    const fleet = await createTestFleet();
    const server = await startScriptedServer(fleet);
    const requests: unknown[] = [];
    let isApproved = false;
    server.script.onEnroll = async ({ csr, ...request }) => {
      requests.push(request);
      return isApproved ? issue(fleet, csr, 3_600_000) : { code: 'enrolment-pending', retryAfterMs: 50 };
    };
    const dir = await tempDir();
    const admission = { named: { device: alpha.toUpperCase(), fleet: fleet.fleet } };
    const { id, link } = await startDevice(dir, server.address, undefined, { admission, logger });
    expect(id).toBe(alpha);
    expect((await waitFor(() => link.view().failure)).code).toBe('enrolment-pending');
    await waitFor(() => requests.length >= 3, { what: 'asking again when it was told to' });
    expect(requests[0]).toEqual({ token: null, device: alpha });
    expect(lines).toContainEqual({ device: alpha, key: await keyIn(dir) });
    isApproved = true;
    await server.stream();
  });

  it('believes no server whose root is not that of its fleet', async () => {
    const fleet = await createTestFleet();
    const server = await startScriptedServer(fleet);
    const admission = { named: { device: alpha, fleet: (await createTestFleet()).fleet } };
    const { link } = await startDevice(await tempDir(), server.address, undefined, { admission });
    expect((await waitFor(() => link.view().failure)).code).toBe('digest-mismatch');
  });
});
