// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:net';
import { tempDir, waitFor } from '@fairlead/testing';
import type { Command } from '@fairlead/wire';
import { describe, expect, it } from 'vitest';
import { startScriptedServer, welcome } from './scripted-server.fixture.ts';
import { applied, startDevice } from './test-device.fixture.ts';
import { createTestFleet, start } from './test-fleet.fixture.ts';

async function scene() {
  const fleet = await createTestFleet();
  const server = await startScriptedServer(fleet);
  const dir = await tempDir();
  const device = await startDevice(dir, server.address, fleet.token());
  return { fleet, server, dir, device, stream: await server.stream() };
}

describe('when the stream ends', () => {
  it('comes back after a cut', async () => {
    const { server, stream, device } = await scene();
    await waitFor(() => device.link.view().connection.kind === 'streaming');
    stream.cut();
    await server.stream(1);
    await waitFor(() => device.link.view().connection.kind === 'streaming');
    expect(device.link.view().failure).toBeNull();
  });

  it('stays away as long as the server asks', async () => {
    const { stream, device } = await scene();
    stream.send({ kind: 'goodbye', reason: 'shutting-down', message: '', retryAfterMs: 40_000 });
    const waiting = await waitFor(() => {
      const { connection } = device.link.view();
      return connection.kind === 'waiting' ? connection : null;
    });
    expect(waiting.until - performance.now()).toBeGreaterThan(30_000);
  });

  it('tells why it is not served', async () => {
    const fleet = await createTestFleet();
    const server = await startScriptedServer(fleet);
    server.script.onHello = () => ({
      kind: 'goodbye',
      reason: 'not-in-fleet',
      message: 'not listed',
      retryAfterMs: 60_000,
    });
    const { link } = await startDevice(await tempDir(), server.address, fleet.token());
    expect(await waitFor(() => link.view().failure)).toEqual({ code: 'not-in-fleet', message: 'not listed' });
  });

  it('bears a server that is not there, and finds it when it comes', async () => {
    const fleet = await createTestFleet();
    const { port } = await new Promise<{ port: number }>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const address = probe.address() as { port: number };
        probe.close(() => {
          resolve(address);
        });
      });
    });
    const { link } = await startDevice(await tempDir(), `127.0.0.1:${port}`, fleet.token());
    expect((await waitFor(() => link.view().failure)).code).toBe('no-server');
    await link.stop();
  });
});

describe('when the state changes faster than it can be told', () => {
  it('tells the newest once the interval is over, and tells it anew on a new stream', async () => {
    const { server, device, stream } = await scene();
    server.script.onHello = () => ({ ...welcome, limits: { ...welcome.limits, statusIntervalMs: 150 } });
    stream.cut();
    const second = await server.stream(1);
    device.link.report({ ...applied, message: '0' });
    await second.message('status');
    for (let n = 1; n <= 20; n += 1) device.link.report({ ...applied, message: String(n) });
    expect((await second.message('status', 1)).message).toBe('20');
    expect(second.received.filter((message) => message.kind === 'status')).toHaveLength(2);
    second.cut();
    expect((await (await server.stream(2)).message('status')).message).toBe('20');
  });
});

describe('when commands come', () => {
  const command = (id: string, change: Partial<Command> = {}): Command => ({
    kind: 'command',
    id,
    issuer: 'operator/eve',
    expires: start + 3_600_000,
    action: { kind: 'retry' },
    ...change,
  });

  it('runs each once, also when it comes again after a restart', async () => {
    const { server, dir, device, stream } = await scene();
    stream.send(command('a'));
    stream.send(command('a'));
    expect(await stream.message('command-result')).toMatchObject({ id: 'a', ok: true });
    await stream.message('command-result', 1);
    expect(device.ran).toEqual([{ kind: 'retry' }]);
    await device.link.stop();
    const again = await startDevice(dir, server.address, undefined);
    const second = await server.stream(1);
    second.send(command('a'));
    expect(await second.message('command-result')).toMatchObject({ id: 'a', ok: true });
    expect(again.ran).toEqual([]);
  });

  it('runs none that is too late or unknown, and says so', async () => {
    const { device, stream } = await scene();
    stream.send(command('late', { expires: start - 1 }));
    expect(await stream.message('command-result')).toMatchObject({
      id: 'late',
      ok: false,
      code: 'timed-out',
    });
    stream.send(command('new', { action: { kind: 'unknown' } }));
    expect(await stream.message('command-result', 1)).toMatchObject({
      id: 'new',
      ok: false,
      code: 'unsupported',
    });
    expect(device.ran).toEqual([]);
  });
});
