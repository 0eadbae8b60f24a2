// SPDX-License-Identifier: Apache-2.0
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import * as gen from './gen/fairlead/v1/agent.ts';
import type { OfferOwn, OfferShared } from './messages.ts';
import { writeOwn, writeShared } from './offer.ts';

/** Field of the Offer in ConnectResponse, as a length-delimited one (wire type 2). */
const offerTag = (2 << 3) | 2;

/** Fields at their defaults take no bytes. */
const none = Buffer.alloc(0);
const emptyOffer: gen.Offer = {
  timestamp: none,
  snapshot: none,
  targets: none,
  manifest: none,
  newestRoot: 0,
  target: none,
  targetState: undefined,
  targetFormat: 0,
  index: 0n,
  proof: [],
};

/** What devices with the same target state share of an Offer: encoded once for all of them. */
export function encodeOfferShared(shared: OfferShared): Buffer {
  return Buffer.from(gen.Offer.encode(writeShared(shared)).finish());
}

/** One device's own fields of an Offer. */
export function encodeOfferOwn(own: OfferOwn): Uint8Array {
  return gen.Offer.encode({ ...emptyOffer, ...writeOwn(own) }).finish();
}

/** A whole message to a device. A protobuf message is the concatenation of its parts, so the shared bytes are copied, not encoded. */
export function offerFrame(shared: Uint8Array, own: Uint8Array): Buffer {
  const head = new BinaryWriter()
    .uint32(offerTag)
    .uint32(shared.length + own.length)
    .finish();
  return Buffer.concat([head, shared, own]);
}
