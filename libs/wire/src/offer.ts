// SPDX-License-Identifier: Apache-2.0
import { asBuffer, digestBytes, type Fields } from './fields.ts';
import type * as gen from './gen/fairlead/v1/agent.ts';
import type { Offer, OfferOwn, OfferShared, Refresh } from './messages.ts';
import { wireLimits as limits } from './wire-limits.ts';

export function writeOffer(offer: Offer): gen.Offer {
  return { ...writeShared(offer), ...writeOwn(offer) };
}

/** The shared fields alone; those of a device are left at their defaults, which take no bytes. */
export function writeShared(shared: OfferShared): gen.Offer {
  return {
    timestamp: asBuffer(shared.timestamp),
    snapshot: asBuffer(shared.snapshot),
    targets: asBuffer(shared.targets),
    manifest: asBuffer(shared.manifest),
    newestRoot: shared.newestRoot,
    target: digestBytes(shared.target),
    targetState: shared.targetState === null ? undefined : asBuffer(shared.targetState),
    targetFormat: shared.targetFormat,
    index: 0n,
    proof: [],
  };
}

function writeOwn(own: OfferOwn): Pick<gen.Offer, 'index' | 'proof'> {
  return { index: BigInt(own.index), proof: own.proof.map(asBuffer) };
}

export function writeRefresh(refresh: Refresh): gen.Refresh {
  const lacking = (bytes: Uint8Array | null): Buffer | undefined =>
    bytes === null ? undefined : asBuffer(bytes);
  return {
    newestRoot: refresh.newestRoot,
    timestamp: lacking(refresh.timestamp),
    snapshot: lacking(refresh.snapshot),
    targets: lacking(refresh.targets),
    manifest: asBuffer(refresh.manifest),
    target: digestBytes(refresh.target),
    ...writeOwn(refresh),
  };
}

/**
 * What is signed is bounded by the message alone here: whoever verifies it has a cap for each file, and can say `endless-data` to
 * the server, which would learn nothing from a stream that is cut.
 */
const unread = limits.message;

export function readOffer(fields: Fields, wire: gen.Offer): Offer {
  return {
    kind: 'offer',
    timestamp: fields.bytes('timestamp', wire.timestamp, unread),
    snapshot: fields.bytes('snapshot', wire.snapshot, unread),
    targets: fields.bytes('targets', wire.targets, unread),
    manifest: fields.bytes('manifest', wire.manifest, unread),
    newestRoot: wire.newestRoot,
    target: fields.digest('target', wire.target),
    targetState:
      wire.targetState === undefined ? null : fields.bytes('target_state', wire.targetState, unread),
    targetFormat: wire.targetFormat,
    ...readOwn(fields, wire),
  };
}

export function readRefresh(fields: Fields, wire: gen.Refresh): Refresh {
  const lacking = (path: string, bytes: Uint8Array | undefined): Uint8Array | null =>
    bytes === undefined ? null : fields.bytes(path, bytes, unread);
  return {
    kind: 'refresh',
    newestRoot: wire.newestRoot,
    timestamp: lacking('timestamp', wire.timestamp),
    snapshot: lacking('snapshot', wire.snapshot),
    targets: lacking('targets', wire.targets),
    manifest: fields.bytes('manifest', wire.manifest, unread),
    target: fields.digest('target', wire.target),
    ...readOwn(fields, wire),
  };
}

function readOwn(fields: Fields, wire: Pick<gen.Offer, 'index' | 'proof'>): OfferOwn {
  return {
    index: fields.whole('index', wire.index),
    proof: fields.list('proof', wire.proof, unread, (hash, path) => {
      if (hash.length !== 32) fields.problem(path, 'not a SHA-256');
      return hash;
    }),
  };
}
