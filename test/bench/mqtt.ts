// SPDX-License-Identifier: Apache-2.0
// As much of MQTT 3.1.1 as a subscriber with QoS 0 needs: as light as what it is compared with.

export const topic = 'fleet/offer';

const type = { connect: 0x10, connack: 0x20, publish: 0x30, subscribe: 0x82, suback: 0x90 } as const;

export type MqttPacket =
  { readonly kind: 'connack' | 'suback' | 'other' } | { readonly kind: 'publish'; readonly bytes: number };

export function connectPacket(client: string): Buffer {
  // Protocol level 4, clean session, no keepalive.
  return packet(type.connect, Buffer.concat([text('MQTT'), Buffer.of(4, 2, 0, 0), text(client)]));
}

export function subscribePacket(): Buffer {
  return packet(type.subscribe, Buffer.concat([Buffer.of(0, 1), text(topic), Buffer.of(0)]));
}

export function publishPacket(payload: Buffer): Buffer {
  return packet(type.publish, Buffer.concat([text(topic), payload]));
}

/** Cuts a stream of bytes into packets. */
export function createPacketReader(onPacket: (packet: MqttPacket) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const length = remainingLength(bytes);
      if (length === undefined || bytes.length < length.head + length.body) break;
      const end = length.head + length.body;
      onPacket(packetOf(bytes.readUInt8(0), end));
      bytes = bytes.subarray(end);
    }
    rest = Buffer.from(bytes);
  };
}

function packetOf(head: number, bytes: number): MqttPacket {
  switch (head & 0xf0) {
    case type.publish:
      return { kind: 'publish', bytes };
    case type.connack:
      return { kind: 'connack' };
    case type.suback & 0xf0:
      return { kind: 'suback' };
    default:
      return { kind: 'other' };
  }
}

function remainingLength(bytes: Buffer): { readonly head: number; readonly body: number } | undefined {
  let body = 0;
  for (let n = 1; n < 5; n += 1) {
    const byte = bytes[n];
    if (byte === undefined) return undefined;
    body += (byte & 0x7f) * 128 ** (n - 1);
    if ((byte & 0x80) === 0) return { head: n + 1, body };
  }
  throw new Error('a packet whose length cannot be read');
}

function packet(head: number, body: Buffer): Buffer {
  const length: number[] = [];
  let left = body.length;
  do {
    const digit = left % 128;
    left = Math.floor(left / 128);
    length.push(left > 0 ? digit | 0x80 : digit);
  } while (left > 0);
  return Buffer.concat([Buffer.of(head, ...length), body]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
}
