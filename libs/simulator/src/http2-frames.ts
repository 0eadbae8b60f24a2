// SPDX-License-Identifier: Apache-2.0

/** Types of frames, RFC 9113 section 6. */
export const frameType = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const frameFlag = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8 } as const;

/** Identifiers of settings, RFC 9113 section 6.5.2. */
export const setting = { headerTableSize: 1, enablePush: 2, initialWindowSize: 4, maxFrameSize: 5 } as const;

/** What a client says first, RFC 9113 section 3.4. */
export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Octets of a frame's header. */
const headBytes = 9;
/** Payload of any frame, unless settings say otherwise; we never do. */
const maxFrameBytes = 16_384;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes.writeUInt8(type, 3);
  bytes.writeUInt8(flags, 4);
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, headBytes);
  return bytes;
}

export function settingsFrame(values: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(values.length * 6);
  for (const [n, [id, value]] of values.entries()) {
    payload.writeUInt16BE(id, n * 6);
    payload.writeUInt32BE(value, n * 6 + 2);
  }
  return frame(frameType.settings, 0, 0, payload);
}

export function readSettings(payload: Buffer): readonly (readonly [id: number, value: number])[] {
  return Array.from({ length: Math.floor(payload.length / 6) }, (_, n) => [
    payload.readUInt16BE(n * 6),
    payload.readUInt32BE(n * 6 + 2),
  ]);
}

export function windowUpdateFrame(stream: number, octets: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(octets);
  return frame(frameType.windowUpdate, 0, stream, payload);
}

/** Cuts a stream of bytes into frames. Returns false where a frame is larger than allowed: nothing after it can be read. */
export function createFrameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => boolean {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (bytes.length >= headBytes) {
      const length = bytes.readUIntBE(0, 3);
      if (length > maxFrameBytes) return false;
      const end = headBytes + length;
      if (bytes.length < end) break;
      onFrame({
        type: bytes.readUInt8(3),
        flags: bytes.readUInt8(4),
        stream: bytes.readUInt32BE(5) & 0x7fff_ffff,
        payload: bytes.subarray(headBytes, end),
      });
      bytes = bytes.subarray(end);
    }
    // A copy, so that the chunk can go.
    rest = Buffer.from(bytes);
    return true;
  };
}
