// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import {
  encodeFromServer,
  encodeOfferOwn,
  encodeOfferShared,
  offerFrame,
  wireLimits,
  type Frame,
  type HeldMetadata,
} from '@fairlead/wire';
import type { PublishedDevice, Publication } from './publication.ts';

/** A publication together with the bytes that its offers share. */
export interface Offers {
  readonly publication: Publication;
  offer(device: PublishedDevice): Frame;
  /** With what a device that holds these versions lacks. */
  refresh(device: PublishedDevice, held: HeldMetadata): Frame;
}

/** How often the shared part of an offer was encoded: once for each target digest that is offered, however many devices share it. */
export interface EncodingCounter {
  shared: number;
}

export function createOffers(publication: Publication, counter: EncodingCounter): Offers {
  const encoded = new Map<Digest, Buffer>();
  const sharedPart = ({ target, format }: PublishedDevice): Buffer => {
    const known = encoded.get(target);
    if (known !== undefined) return known;
    const body = publication.body(target);
    const shared = encodeOfferShared({
      timestamp: publication.timestamp.bytes,
      snapshot: publication.snapshot.bytes,
      targets: publication.targets.bytes,
      manifest: publication.manifest,
      newestRoot: publication.newestRoot,
      target,
      targetState: body !== undefined && body.length <= wireLimits.inlineTarget ? body : null,
      targetFormat: format,
    });
    counter.shared += 1;
    encoded.set(target, shared);
    return shared;
  };
  return {
    publication,
    offer: (device) =>
      offerFrame(
        sharedPart(device),
        encodeOfferOwn({ index: device.index, proof: publication.proof(device.index) }),
      ),
    refresh(device, held) {
      const { timestamp, snapshot, targets } = publication;
      return encodeFromServer({
        kind: 'refresh',
        newestRoot: publication.newestRoot,
        timestamp: timestamp.version === held.timestamp ? null : timestamp.bytes,
        snapshot: snapshot.version === held.snapshot ? null : snapshot.bytes,
        targets: targets.version === held.targets ? null : targets.bytes,
        manifest: publication.manifest,
        index: device.index,
        proof: publication.proof(device.index),
        target: device.target,
      });
    },
  };
}
