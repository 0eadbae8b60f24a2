// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@fairlead/base';
import { wireLimits } from '@fairlead/wire';
import type { Socket } from 'node:net';
import { createMessageReader, grpcMessage } from './grpc-bytes.ts';
import {
  createFrameReader,
  frame,
  frameFlag,
  frameType,
  preface,
  readSettings,
  setting,
  settingsFrame,
  windowUpdateFrame,
  type Frame,
} from './http2-frames.ts';
import { requestHeaders } from './request-headers.ts';

/**
 * One gRPC call over one TLS connection: all that a device has. Own frames of HTTP/2 instead of a library's sessions, so that ten
 * thousand of them fit one process and cost it little more than their TLS.
 */
export interface ByteStream {
  send(message: Uint8Array): void;
  /** When something last came, by the monotonic clock in milliseconds. */
  heardAt(): number;
  /** Asks the other side to show that it lives. */
  ping(): void;
  /** Ends it without a word; `why` is what `onEnd` is told. */
  cut(why: string): void;
}

export interface ByteStreamHandlers {
  readonly onMessage: (message: Buffer) => void;
  /** Once; nothing comes after it. */
  onEnd(why: string): void;
}

/** What we let the server send before it waits for us, in octets: more than the largest message. */
const receiveWindow = 512 * 1024;
/** RFC 9113 section 6.9.2. */
const defaultWindow = 65_535;
const maxPayload = 16_384;
const streamId = 1;
const none = Buffer.alloc(0);

export function openByteStream(
  socket: Socket,
  path: string,
  authority: string,
  clock: Clock,
  handlers: ByteStreamHandlers,
): ByteStream {
  let heard = clock.monotonic();
  let ended = false;
  let unconfirmed = 0;
  const window = { connection: defaultWindow, stream: defaultWindow, initial: defaultWindow };
  let waiting: Buffer = none;

  const end = (why: string): void => {
    if (ended) return;
    ended = true;
    socket.destroy();
    handlers.onEnd(why);
  };
  const flush = (): void => {
    while (waiting.length > 0 && !ended) {
      const size = Math.min(waiting.length, window.connection, window.stream, maxPayload);
      if (size <= 0) return;
      socket.write(frame(frameType.data, 0, streamId, waiting.subarray(0, size)));
      window.connection -= size;
      window.stream -= size;
      waiting = waiting.subarray(size);
    }
  };
  const readMessages = createMessageReader(wireLimits.message, handlers.onMessage);

  const onData = ({ flags, payload }: Frame): void => {
    unconfirmed += payload.length;
    if (unconfirmed >= receiveWindow / 2) {
      socket.write(
        Buffer.concat([windowUpdateFrame(0, unconfirmed), windowUpdateFrame(streamId, unconfirmed)]),
      );
      unconfirmed = 0;
    }
    const padding = (flags & frameFlag.padded) === 0 ? 0 : payload.readUInt8(0) + 1;
    const content = padding === 0 ? payload : payload.subarray(1, payload.length - padding + 1);
    if (!readMessages(content)) end('a message that cannot be read');
    if ((flags & frameFlag.endStream) !== 0) end('the server ended the stream');
  };
  const onSettings = ({ flags, payload }: Frame): void => {
    if ((flags & frameFlag.ack) !== 0) return;
    for (const [id, value] of readSettings(payload)) {
      if (id !== setting.initialWindowSize) continue;
      window.stream += value - window.initial;
      window.initial = value;
    }
    socket.write(frame(frameType.settings, frameFlag.ack, 0, none));
    flush();
  };
  const read = createFrameReader((each) => {
    if (ended) return;
    switch (each.type) {
      case frameType.data:
        onData(each);
        break;
      case frameType.headers:
        if ((each.flags & frameFlag.endStream) !== 0) end('the server ended the stream');
        break;
      case frameType.settings:
        onSettings(each);
        break;
      case frameType.windowUpdate:
        if (each.stream === 0) window.connection += each.payload.readUInt32BE();
        else window.stream += each.payload.readUInt32BE();
        flush();
        break;
      case frameType.ping:
        if ((each.flags & frameFlag.ack) === 0)
          socket.write(frame(frameType.ping, frameFlag.ack, 0, each.payload));
        break;
      case frameType.reset:
        end(`the server reset the stream (${String(each.payload.readUInt32BE())})`);
        break;
      case frameType.goaway:
        // Streams that are open go on until the server ends them.
        break;
      default:
        break;
    }
  });

  socket.on('data', (chunk: Buffer) => {
    heard = clock.monotonic();
    if (!read(chunk)) end('a frame that cannot be read');
  });
  socket.on('error', (error: Error) => {
    end(error.message);
  });
  socket.once('close', () => {
    end('the connection was closed');
  });
  socket.write(
    Buffer.concat([
      preface,
      settingsFrame([
        [setting.headerTableSize, 0],
        [setting.enablePush, 0],
        [setting.initialWindowSize, receiveWindow],
      ]),
      windowUpdateFrame(0, receiveWindow - defaultWindow),
      frame(frameType.headers, frameFlag.endHeaders, streamId, requestHeaders(path, authority)),
    ]),
  );

  return {
    send(message) {
      const bytes = grpcMessage(message);
      waiting = waiting.length === 0 ? bytes : Buffer.concat([waiting, bytes]);
      flush();
    },
    heardAt: () => heard,
    ping: () => {
      if (!ended) socket.write(frame(frameType.ping, 0, 0, Buffer.alloc(8)));
    },
    cut: end,
  };
}
