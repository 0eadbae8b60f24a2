// SPDX-License-Identifier: Apache-2.0
import { systemClock, waitFor } from '@fairlead/testing';
import { wireLimits } from '@fairlead/wire';
import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openByteStream } from './byte-stream.ts';
import { createMessageReader, grpcMessage } from './grpc-bytes.ts';

/** Node's own HTTP/2 as the other side, so that what is said is what the standard says. `window`: what it takes before we must wait. */
async function scene(window = 65_535) {
  const server = createServer({ settings: { initialWindowSize: window } });
  const sockets = new Set<Socket>();
  const streams: { readonly stream: ServerHttp2Stream; readonly headers: IncomingHttpHeaders }[] = [];
  const received: Buffer[] = [];
  const pings: number[] = [];
  server.on('session', (session) => {
    session.on('ping', () => pings.push(performance.now()));
    session.on('error', () => undefined);
  });
  server.on('stream', (stream, headers) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.on('error', () => undefined);
    const read = createMessageReader(wireLimits.message, (message) => received.push(Buffer.from(message)));
    stream.on('data', read);
    streams.push({ stream, headers });
  });
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const messages: Buffer[] = [];
  const ends: string[] = [];
  const bytes = openByteStream(socket, '/fairlead.v1.AgentService/Connect', 'localhost:1', systemClock, {
    onMessage: (message) => messages.push(Buffer.from(message)),
    onEnd: (why) => ends.push(why),
  });
  onTestFinished(() => {
    bytes.cut('end of test');
  });
  const { stream, headers } = await waitFor(() => streams[0]);
  return { bytes, stream, headers, received, messages, ends, pings, socket };
}

const message = (size: number, fill: number): Buffer => Buffer.alloc(size, fill);

describe('when a device speaks gRPC in frames of its own', () => {
  it('is understood by Node: method, headers, messages of every size, both ways', async () => {
    const { bytes, stream, headers, received, messages } = await scene();
    expect(headers).toMatchObject({
      ':method': 'POST',
      ':scheme': 'https',
      ':path': '/fairlead.v1.AgentService/Connect',
      ':authority': 'localhost:1',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const all = [0, 1, 5, 16_384, 100_000, wireLimits.message].map(message);
    for (const each of all) bytes.send(each);
    await waitFor(() => received.length === all.length);
    expect(received).toEqual(all);
    stream.write(Buffer.concat(all.map(grpcMessage)));
    await waitFor(() => messages.length === all.length);
    expect(messages).toEqual(all);
  });

  it('waits for the window of the other side, and opens its own again', async () => {
    const { bytes, stream, received, messages } = await scene(20_000);
    const many = Array.from({ length: 4 }, (_, n) => message(wireLimits.message, n));
    for (const each of many) {
      bytes.send(each);
      stream.write(grpcMessage(each));
    }
    await waitFor(() => received.length === many.length && messages.length === many.length);
    expect(received).toEqual(many);
    expect(messages).toEqual(many);
  });

  it('reads messages however they are cut', () => {
    const whole = [message(0, 0), message(3, 1), message(40, 2), message(1, 3)];
    const bytes = Buffer.concat(whole.map(grpcMessage));
    for (let size = 1; size <= bytes.length; size += 1) {
      const read: Buffer[] = [];
      const reader = createMessageReader(1_000, (each) => read.push(Buffer.from(each)));
      for (let at = 0; at < bytes.length; at += size)
        expect(reader(bytes.subarray(at, at + size))).toBe(true);
      expect(read).toEqual(whole);
    }
  });

  it('asks for a sign of life, and gives one', async () => {
    const { bytes, stream, pings } = await scene();
    bytes.ping();
    await waitFor(() => pings.length === 1);
    const answered = await new Promise<boolean>((resolve) => {
      stream.session?.ping((error) => {
        resolve(error === null);
      });
    });
    expect(answered).toBe(true);
  });

  it.each([
    [
      'the server ended the stream',
      (stream: ServerHttp2Stream) => {
        stream.end();
      },
    ],
    [
      'a message that cannot be read',
      (stream: ServerHttp2Stream) => {
        stream.write(Buffer.from([0, 0xff, 0xff, 0xff, 0xff]));
      },
    ],
    [
      'the connection was closed',
      (stream: ServerHttp2Stream) => {
        stream.session?.destroy();
      },
    ],
  ])('ends once, and says: %s', async (why, end) => {
    const { stream, ends, socket } = await scene();
    end(stream);
    await waitFor(() => socket.destroyed);
    expect(ends).toEqual([why]);
  });
});
