// SPDX-License-Identifier: Apache-2.0
import { silentLogger } from '@fairlead/base';
import { createFakeClock, waitFor } from '@fairlead/testing';
import { connect as connectTcp } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createTestAuthority, deviceId } from './fleet.fixture.ts';
import { createTlsListener, type ListenerOptions } from './tls-listener.ts';

async function start(change: Partial<ListenerOptions> = {}) {
  const authority = await createTestAuthority();
  const server = await authority.server();
  const clock = createFakeClock();
  const taken: { readonly by: string; readonly authorized: boolean }[] = [];
  const listener = createTlsListener(
    {
      host: '127.0.0.1',
      port: 0,
      context: { key: server.key, cert: server.certificate, ca: [authority.ca] },
      acceptPerSecond: 1_000,
      acceptBurst: 1_000,
      handshakes: { places: 100, placeMs: 2_000 },
      handshakeTimeoutMs: 30_000,
      maxConnections: 100,
      ...change,
    },
    {
      clock,
      logger: silentLogger,
      onHttp2: (socket) => {
        taken.push({ by: 'h2', authorized: socket.authorized });
      },
      onHttp1: (socket) => {
        taken.push({ by: 'http/1.1', authorized: socket.authorized });
      },
    },
  );
  const stop = new AbortController();
  await listener.start(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await listener.stop();
  });
  const { port } = listener.address();
  const dial = (
    options: {
      readonly ALPNProtocols?: readonly string[];
      readonly pair?: { key: string; certificate: string };
    } = {},
  ): TLSSocket => {
    const { ALPNProtocols, pair } = options;
    const socket = connect({
      host: '127.0.0.1',
      port,
      ca: authority.ca,
      checkServerIdentity: () => undefined,
      ...(ALPNProtocols === undefined ? {} : { ALPNProtocols: [...ALPNProtocols] }),
      ...(pair === undefined ? {} : { key: pair.key, cert: pair.certificate }),
    });
    socket.on('error', () => undefined);
    onTestFinished(() => {
      socket.destroy();
    });
    return socket;
  };
  return { authority, listener, clock, taken, port, dial };
}

describe('when a connection comes', () => {
  it('goes where its protocol belongs, with the word of TLS on its certificate', async () => {
    const { authority, taken, dial } = await start();
    const pair = await authority.device(deviceId(1));
    const stranger = await (await createTestAuthority()).device(deviceId(1));
    const expected: typeof taken = [];
    for (const [options, by, authorized] of [
      [{ ALPNProtocols: ['h2'], pair }, 'h2', true],
      [{ ALPNProtocols: ['http/1.1'], pair: stranger }, 'http/1.1', false],
      [{ ALPNProtocols: ['http/1.1', 'h2'] }, 'h2', false],
      [{}, 'http/1.1', false],
    ] as const) {
      dial(options);
      expected.push({ by, authorized });
      await waitFor(() => taken.length === expected.length);
    }
    expect(taken).toEqual(expected);
  });

  it('is refused where it speaks neither protocol', async () => {
    const { taken, dial } = await start();
    const socket = dial({ ALPNProtocols: ['spdy/1'] });
    await new Promise((resolve) => socket.once('close', resolve));
    expect(taken).toEqual([]);
  });

  it('waits its turn beyond the rate, and is served then', async () => {
    const { listener, clock, taken, dial } = await start({ acceptPerSecond: 1, acceptBurst: 2 });
    const sockets = [dial(), dial(), dial(), dial()];
    await waitFor(() => taken.length === 2 && clock.waiting() === 1);
    await waitFor(() => listener.counts().waiting === 2);
    await clock.advance(1_000);
    await waitFor(() => taken.length === 3);
    await clock.advance(1_000);
    await waitFor(() => taken.length === 4);
    expect(sockets.every((socket) => socket.authorized)).toBe(true);
    expect(listener.counts()).toEqual({ waiting: 0, turnedAway: 0 });
  });

  it('waits while as many shake hands as may, and no longer than they hold their places', async () => {
    const { listener, clock, taken, port, dial } = await start({ handshakes: { places: 1, placeMs: 2_000 } });
    const silent = connectTcp(port, '127.0.0.1').on('error', () => undefined);
    onTestFinished(() => {
      silent.destroy();
    });
    await new Promise((resolve) => silent.once('connect', resolve));
    dial();
    dial();
    await waitFor(() => listener.counts().waiting === 2 && clock.waiting() === 1);
    await clock.advance(1_999);
    expect(taken).toHaveLength(0);
    // The silent one has lost its place; those behind it shake hands one after the other, without another wait.
    await clock.advance(1);
    await waitFor(() => taken.length === 2);
  });

  it('is turned away, and counted, where too many are open', async () => {
    const { listener, taken, dial } = await start({ maxConnections: 1 });
    dial();
    await waitFor(() => taken.length === 1);
    dial();
    await waitFor(() => listener.counts().turnedAway === 1);
    expect(taken).toHaveLength(1);
  });

  it('is closed when it does not shake hands', async () => {
    const { port } = await start({ handshakeTimeoutMs: 50 });
    const socket = connectTcp(port, '127.0.0.1');
    await new Promise<void>((resolve) => {
      socket
        .once('close', () => {
          resolve();
        })
        .on('error', () => undefined);
    });
  });

  it('can be cut by its address', async () => {
    const { listener, taken, dial } = await start();
    const socket = dial();
    await waitFor(() => taken.length === 1);
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => {
        resolve();
      });
    });
    listener.cut(`127.0.0.1:${socket.localPort ?? 0}`);
    await closed;
  });
});
