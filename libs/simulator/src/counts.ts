// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import type { SimulatedEvent } from './events.ts';
import { createLatencies, type Quantiles } from './latencies.ts';

/** What came of a simulated fleet since its start. */
export interface FleetCounts {
  readonly devices: number;
  readonly connected: number;
  /** Streams that came to a Welcome. */
  readonly connects: number;
  /** Connections that came to none. */
  readonly failedAttempts: number;
  /** Streams that ended after their Welcome, and those of them that the server took leave of. */
  readonly disconnects: number;
  readonly goodbyes: number;
  readonly offers: number;
  readonly refreshes: number;
  readonly refusals: number;
  readonly applied: number;
  readonly rolledBack: number;
  /** Receipts that stand in the log. */
  readonly acknowledged: number;
  /** From the first packet to Welcome. */
  readonly connectMs: Quantiles | null;
  /** From the moment when the first device of this process had a revision until another had it; of streams that were open by then. */
  readonly offerMs: Quantiles | null;
}

export interface CountBook {
  take(event: SimulatedEvent): void;
  read(devices: number, connected: number): FleetCounts;
}

/** Revisions whose first offer is remembered. */
const maxRevisions = 64;

export function createCountBook(): CountBook {
  const counts = {
    connects: 0,
    failedAttempts: 0,
    disconnects: 0,
    goodbyes: 0,
    offers: 0,
    refreshes: 0,
    refusals: 0,
    applied: 0,
    rolledBack: 0,
    acknowledged: 0,
  };
  const connectMs = createLatencies();
  const offerMs = createLatencies();
  const firstOffers = new Map<Digest, number>();

  const offered = (revision: Digest, at: number, since: number): void => {
    counts.offers += 1;
    const first = firstOffers.get(revision);
    if (first === undefined) {
      const [oldest] = firstOffers.keys();
      if (firstOffers.size >= maxRevisions && oldest !== undefined) firstOffers.delete(oldest);
      firstOffers.set(revision, at);
      offerMs.add(0);
    } else if (since <= first) offerMs.add(at - first);
  };

  return {
    take(event) {
      switch (event.kind) {
        case 'connected':
          counts.connects += 1;
          connectMs.add(event.tookMs);
          break;
        case 'disconnected':
          if (event.welcomed) counts.disconnects += 1;
          else counts.failedAttempts += 1;
          if (event.goodbye !== null) counts.goodbyes += 1;
          break;
        case 'offered':
          offered(event.revision, event.at, event.since);
          break;
        case 'refreshed':
          counts.refreshes += 1;
          break;
        case 'refused':
          counts.refusals += 1;
          break;
        case 'ended':
          if (event.result === 'applied') counts.applied += 1;
          else counts.rolledBack += 1;
          break;
        case 'acknowledged':
          counts.acknowledged += event.count;
          break;
      }
    },
    read: (devices, connected) => ({
      devices,
      connected,
      ...counts,
      connectMs: connectMs.quantiles(),
      offerMs: offerMs.quantiles(),
    }),
  };
}
