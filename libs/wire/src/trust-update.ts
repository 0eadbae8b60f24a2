// SPDX-License-Identifier: Apache-2.0
import type { TrustUpdate } from '@fairlead/trust/verify';
import type { Offer, Refresh } from './messages.ts';

/** What an offer or a refresh brings to be verified, together with the roots that the device has fetched for it. */
export function trustUpdateOf(message: Offer | Refresh, roots: readonly Uint8Array[]): TrustUpdate {
  const { timestamp, snapshot, targets, manifest, index, proof, target } = message;
  return {
    roots,
    ...(timestamp === null ? {} : { timestamp }),
    ...(snapshot === null ? {} : { snapshot }),
    ...(targets === null ? {} : { targets }),
    manifest,
    index,
    proof,
    target,
  };
}
