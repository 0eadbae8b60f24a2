// SPDX-License-Identifier: Apache-2.0
import type { Frame } from './frame.ts';
import * as gen from './gen/fairlead/v1/agent.ts';
import type { OfferOwn, OfferShared } from './messages.ts';
import { writeShared } from './offer.ts';

/** Field of the Offer in ConnectResponse, as a length-delimited one (wire type 2). */
const offerTag = (2 << 3) | 2;

/** What devices with the same target state share of an Offer: encoded once for all of them. */
export function encodeOfferShared(shared: OfferShared): Buffer {
  return Buffer.from(gen.Offer.encode(writeShared(shared)).finish());
}

/** Field `index` as a varint, and each hash of `proof` as bytes. */
const ownTag = { index: (16 << 3) | 0, proof: (17 << 3) | 2 } as const;

/** One device's own fields of an Offer. By hand: this alone is encoded for each device of a fleet, and a writer costs six times as much. */
export function encodeOfferOwn({ index, proof }: OfferOwn): Buffer {
  let size = index === 0 ? 0 : varintBytes(ownTag.index) + varintBytes(index);
  for (const hash of proof) size += varintBytes(ownTag.proof) + varintBytes(hash.length) + hash.length;
  const bytes = Buffer.allocUnsafe(size);
  // A field at its default takes no bytes.
  let at = index === 0 ? 0 : writeVarint(bytes, writeVarint(bytes, 0, ownTag.index), index);
  for (const hash of proof) {
    at = writeVarint(bytes, writeVarint(bytes, at, ownTag.proof), hash.length);
    bytes.set(hash, at);
    at += hash.length;
  }
  return bytes;
}

/** A whole message to a device. A protobuf message is the concatenation of its parts, so the shared bytes are copied, not encoded. */
export function offerFrame(shared: Uint8Array, own: Uint8Array): Frame {
  const length = shared.length + own.length;
  const head = 1 + varintBytes(length);
  return {
    byteLength: head + length,
    copy(into, at = 0) {
      writeVarint(into, writeVarint(into, at, offerTag), length);
      into.set(shared, at + head);
      into.set(own, at + head + shared.length);
      return head + length;
    },
  };
}

function varintBytes(value: number): number {
  let count = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) count += 1;
  return count;
}

/** The place after it. `value`: a safe integer. */
function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  let place = at;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
    bytes[place] = (rest % 0x80) | 0x80;
    place += 1;
  }
  bytes[place] = rest;
  return place + 1;
}
