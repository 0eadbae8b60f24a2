// SPDX-License-Identifier: Apache-2.0
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect, type TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectDevice } from './device.fixture.ts';
import { deviceId } from './fleet.fixture.ts';
import { startGateway, type TestGateway } from './gateway.fixture.ts';

const path = '/fairlead.v1.AgentService/Connect';

/** A stranger, without a certificate, who chose HTTP/2. */
function dial(at: TestGateway): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const { port } = at.gateway.address();
    const socket = connect(
      { host: '127.0.0.1', port, servername: 'localhost', ca: at.authority.ca, ALPNProtocols: ['h2'] },
      () => {
        resolve(socket);
      },
    );
    socket.once('error', reject).on('error', () => undefined);
    onTestFinished(() => {
      socket.destroy();
    });
  });
}

async function session(at: TestGateway): Promise<ClientHttp2Session> {
  const socket = await dial(at);
  const http2 = connectHttp2('https://localhost', { createConnection: () => socket });
  http2.on('error', () => undefined);
  await new Promise((resolve) => http2.once('remoteSettings', resolve));
  return http2;
}

function untilClosed(closing: TLSSocket): Promise<void> {
  return new Promise((resolve) => {
    if (closing.destroyed) resolve();
    closing.once('close', () => {
      resolve();
    });
  });
}

/** HTTP/2 frames as RFC 9113 writes them, since Node's own client holds back what is reset before it is sent. */
function rapidResets(count: number): Buffer {
  const frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  };
  const literal = (name: number, value: string): Buffer =>
    Buffer.concat([Buffer.from([name, value.length]), Buffer.from(value)]);
  // POST, https, and by their places in HPACK's static table :path (4) and content-type (31), not indexed.
  const headers = Buffer.concat([
    Buffer.from([0x83, 0x87]),
    literal(0x04, path),
    Buffer.from([0x0f]),
    literal(31 - 15, 'application/grpc'),
  ]);
  const cancel = Buffer.from([0, 0, 0, 8]);
  const streams = Array.from({ length: count }, (_, n) => 2 * n + 1);
  return Buffer.concat([
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    frame(4, 0, 0, Buffer.alloc(0)),
    ...streams.flatMap((id) => [frame(1, 0x4, id, headers), frame(3, 0, id, cancel)]),
  ]);
}

/** The fleet goes on: a device comes, and is welcome. */
async function goesOn(at: TestGateway): Promise<void> {
  const device = await connectDevice(at, deviceId(1));
  await device.message('welcome');
}

describe('when a stranger misuses a connection', () => {
  it('ends one that does not speak HTTP/2', async () => {
    const at = await startGateway();
    const socket = await dial(at);
    const closed = untilClosed(socket);
    socket.resume().write('x'.repeat(10_000));
    await closed;
    await goesOn(at);
  });

  it('bears one that is reset at once', async () => {
    const at = await startGateway();
    for (let n = 0; n < 20; n += 1) (await dial(at)).destroy();
    await goesOn(at);
  });

  it('ends one that opens streams only to reset them', async () => {
    const at = await startGateway();
    const [few, many] = [await dial(at), await dial(at)];
    few.resume().write(rapidResets(10));
    const closed = untilClosed(many);
    many.resume().write(rapidResets(5_000));
    await closed;
    await goesOn(at);
    expect(few.destroyed).toBe(false);
  });

  it('refuses headers without end', async () => {
    const at = await startGateway();
    const http2 = await session(at);
    const stream = http2.request({ ':method': 'POST', ':path': path, 'x-long': 'x'.repeat(100_000) });
    const code = await new Promise<number | undefined>((resolve) => {
      stream
        .on('error', () => undefined)
        .once('close', () => {
          resolve(stream.rstCode);
        });
    });
    expect(code).not.toBe(0);
    await goesOn(at);
  });
});
