// SPDX-License-Identifier: Apache-2.0
import { ok, sha256 } from '@fairlead/base';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { frameBytes } from './frame.ts';
import * as gen from './gen/fairlead/v1/agent.ts';
import {
  decodeFromServer,
  encodeFromServer,
  encodeOfferOwn,
  encodeOfferShared,
  offerFrame,
  wireLimits,
  type OfferShared,
} from './index.ts';

const shared: OfferShared = {
  timestamp: Buffer.alloc(wireLimits.metadata, 't'),
  snapshot: Buffer.alloc(wireLimits.metadata, 's'),
  targets: Buffer.alloc(wireLimits.metadata, 'r'),
  manifest: Buffer.alloc(wireLimits.manifest, 'm'),
  newestRoot: 3,
  target: sha256('target'),
  targetState: Buffer.alloc(wireLimits.inlineTarget, 'b'),
  targetFormat: 1,
};
const proof = Array.from({ length: 14 }, (_, level) => Buffer.alloc(32, level));

describe('when an offer is put together from its two parts', () => {
  it('reads as one message, for the generated decoder too', () => {
    for (const index of [0, 1, 300, 2 ** 40]) {
      const frame = frameBytes(offerFrame(encodeOfferShared(shared), encodeOfferOwn({ index, proof })));
      expect(decodeFromServer(frame)).toEqual(ok({ kind: 'offer', ...shared, index, proof }));
      const { message } = gen.ConnectResponse.decode(frame);
      expect(message?.$case === 'offer' && message.value.index).toBe(BigInt(index));
    }
  });

  it('is the same bytes as the message encoded whole, and within its bound at its largest', () => {
    const most = {
      index: Number.MAX_SAFE_INTEGER,
      proof: Array.from({ length: wireLimits.proof }, () => Buffer.alloc(32)),
    };
    const frame = frameBytes(offerFrame(encodeOfferShared(shared), encodeOfferOwn(most)));
    expect(frame.equals(encodeFromServer({ kind: 'offer', ...shared, ...most }))).toBe(true);
    expect(frame.length).toBeLessThan(wireLimits.message);
  });

  it("keeps what is the device's own out of what is shared", () => {
    const tags = (bytes: Uint8Array): number[] => {
      const found: number[] = [];
      const reader = new BinaryReader(bytes);
      while (reader.pos < reader.len) {
        const [field, type] = reader.tag();
        found.push(field);
        reader.skip(type);
      }
      return found;
    };
    expect(Math.max(...tags(encodeOfferShared(shared)))).toBeLessThan(16);
    expect(Math.min(...tags(encodeOfferOwn({ index: 1, proof })))).toBe(16);
  });
});
