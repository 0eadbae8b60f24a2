// SPDX-License-Identifier: Apache-2.0
import { stat } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { createAuthorityKeys, openAuthority } from '@fairlead/identity/authority';
import { createCsr, createDeviceKey } from '@fairlead/identity/device';
import { codeInfo, sha256, silentLogger, type LogData } from '@fairlead/base';
import { tempDir, waitFor } from '@fairlead/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startScriptedServer } from './scripted-server.fixture.ts';
import { clockAt, startDevice } from './test-device.fixture.ts';
import { alpha, beta, createTestFleet, start } from './test-fleet.fixture.ts';

describe('when a device brings a token', () => {
  it('enrols, keeps its key to itself, and comes back without the token', async () => {
    const fleet = await createTestFleet();
    const server = await startScriptedServer(fleet);
    const dir = await tempDir();
    const tokens: (string | null)[] = [];
    const { onEnroll } = server.script;
    server.script.onEnroll = (request) => {
      tokens.push(request.token);
      return onEnroll(request);
    };
    const token = fleet.token();
    const first = await startDevice(dir, server.address, token);
    expect(first.id).toBe(alpha);
    const stream = await server.stream();
    await first.link.stop();

    expect(tokens).toEqual([token]);
    expect(stream.peer).toContain(`/device/${alpha}`);
    for (const name of ['identity/key.pem', 'identity/cert.pem', 'trust.json']) {
      expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
    }
    expect((await stat(join(dir, 'identity'))).mode & 0o777).toBe(0o700);

    const again = await startDevice(dir, server.address, undefined);
    expect(again.id).toBe(alpha);
    await server.stream(1);
    expect(tokens).toHaveLength(1);
  });

  it('joins with a clock that stands at 1970', async () => {
    const fleet = await createTestFleet();
    const server = await startScriptedServer(fleet);
    await startDevice(await tempDir(), server.address, fleet.token(), { clock: clockAt(0) });
    expect((await server.stream()).hello.deviceTime).toBeLessThan(86_400_000);
  });

  it('uses the same key again where the answer was lost', async () => {
    const fleet = await createTestFleet();
    const server = await startScriptedServer(fleet);
    const dir = await tempDir();
    const requests: string[] = [];
    const { onEnroll } = server.script;
    server.script.onEnroll = async (request) => {
      // Name and key; the signature over them differs each time.
      requests.push(sha256(Buffer.from(request.csr).subarray(3, 140)));
      return requests.length === 1 ? { code: 'log-unwritable' } : onEnroll(request);
    };
    const { link } = await startDevice(dir, server.address, fleet.token());
    await server.stream();
    expect(requests).toHaveLength(2);
    expect(requests[1]).toBe(requests[0]);
    expect(link.view().failure).toBeNull();
  });

  it('reports the reason of a refused enrolment', async () => {
    const fleet = await createTestFleet();
    const server = await startScriptedServer(fleet);
    server.script.onEnroll = async () => ({ code: 'token-used' });
    const { link } = await startDevice(await tempDir(), server.address, fleet.token());
    const failure = await waitFor(() => link.view().failure);
    expect(failure.code).toBe('token-used');
  });
});

describe('when the server is not the one of the token', () => {
  it.each([
    [
      'another first root',
      async () => ({ roots: [Buffer.from((await createTestFleet()).root).toString()], ca: ['x'] }),
      'digest-mismatch',
    ],
    [
      'a CA that the root does not name',
      async () => ({ ca: [(await createAuthorityKeys(start)).certificate] }),
      'bad-signature',
    ],
    ['an answer without end', async () => ({ ca: ['x'.repeat(5 * 2 ** 20)] }), 'endless-data'],
    ['something else', async () => ({ roots: 'none' }), 'no-server'],
  ])('gives no secret to one that answers with %s', async (_name, answer, code) => {
    const fleet = await createTestFleet();
    const server = await startScriptedServer(fleet);
    server.script.trust = { ...(server.script.trust as object), ...(await answer()) };
    let asked = 0;
    server.script.onEnroll = async () => {
      asked += 1;
      return { code: 'internal' };
    };
    const { link } = await startDevice(await tempDir(), server.address, fleet.token());
    expect((await waitFor(() => link.view().failure)).code).toBe(code);
    expect(asked).toBe(0);
  });

  it('gives no secret to one whose certificate is a device, another fleet, or from another CA', async () => {
    const fleet = await createTestFleet();
    const device = async () => {
      const key = createDeviceKey();
      const issued = await fleet.authority.issueDevice({
        csr: createCsr(key, 'x'),
        fleet: fleet.fleet,
        device: beta,
        now: start,
      });
      if (!issued.ok) throw new Error(issued.error);
      return { key, certificate: issued.value.certificate };
    };
    const otherCa = openAuthority(await createAuthorityKeys(start));
    const impostors = [
      await device(),
      await fleet.serverPair(fleet.authority, sha256('other fleet')),
      await fleet.serverPair(otherCa),
    ];
    for (const pair of impostors) {
      const server = await startScriptedServer(fleet, pair);
      let asked = 0;
      server.script.onEnroll = async () => {
        asked += 1;
        return { code: 'internal' };
      };
      const { link } = await startDevice(await tempDir(), server.address, fleet.token());
      await waitFor(() => link.view().failure);
      await link.stop();
      expect(server.gets).toContain('/v1/trust');
      expect(asked).toBe(0);
    }
  });

  it('refuses a certificate over another key or for another device', async () => {
    const fleet = await createTestFleet();
    const server = await startScriptedServer(fleet);
    server.script.onEnroll = async ({ csr }) => {
      const issued = await fleet.authority.issueDevice({ csr, fleet: fleet.fleet, device: beta, now: start });
      return issued.ok ? issued.value.certificate : { code: 'internal' };
    };
    const { link } = await startDevice(await tempDir(), server.address, fleet.token());
    expect((await waitFor(() => link.view().failure)).code).toBe('bad-signature');

    server.script.onEnroll = async () => {
      const issued = await fleet.authority.issueDevice({
        csr: createCsr(createDeviceKey(), 'x'),
        fleet: fleet.fleet,
        device: alpha,
        now: start,
      });
      return issued.ok ? issued.value.certificate : { code: 'internal' };
    };
    const second = await startDevice(await tempDir(), server.address, fleet.token());
    expect((await waitFor(() => second.link.view().failure)).message).toContain('another key');
  });
});

describe('when a device has neither state nor token', () => {
  it('is misuse', async () => {
    await expect(startDevice(await tempDir(), '127.0.0.1:1', undefined)).rejects.toMatchObject({
      code: 'misuse',
      hint: expect.stringContaining('--token-file'),
    });
  });

  it('asks for approval where it was cut before it had a certificate', async () => {
    const fleet = await createTestFleet();
    const server = await startScriptedServer(fleet);
    server.script.onEnroll = async () => ({ code: 'log-unwritable' });
    const dir = await tempDir();
    const warnings: LogData[] = [];
    const logger = { ...silentLogger, warn: (_text: string, data: LogData = {}) => warnings.push(data) };
    const { link } = await startDevice(dir, server.address, fleet.token(), { logger });
    await waitFor(() => link.view().failure);
    await link.stop();
    expect(warnings[0]).toMatchObject({ code: 'log-unwritable', hint: codeInfo('log-unwritable').hint });

    const tokens: (string | null)[] = [];
    server.script.onEnroll = async ({ token }) => {
      tokens.push(token);
      return { code: 'enrolment-pending' };
    };
    const again = await startDevice(dir, server.address, undefined);
    expect((await waitFor(() => again.link.view().failure)).code).toBe('enrolment-pending');
    expect(tokens.at(-1)).toBeNull();
  });
});

describe('when a server accepts and then says nothing', () => {
  it('is left after the deadline, not waited for', async () => {
    const fleet = await createTestFleet();
    const pair = await fleet.serverPair();
    const server = createServer({ key: pair.key, cert: pair.certificate }, () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as { port: number };
    const clock = clockAt(start);
    const hurried = {
      ...clock,
      sleep: (ms: number, signal: AbortSignal) => clock.sleep(Math.min(ms, 200), signal),
    };
    const { link } = await startDevice(await tempDir(), `127.0.0.1:${port}`, fleet.token(), {
      clock: hurried,
    });
    expect((await waitFor(() => link.view().failure)).code).toBe('timed-out');
  });
});
