// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import { heldVersions, initialTrust, type HeldTrust } from '@fairlead/trust/verify';
import type { HeldMetadata } from '@fairlead/wire';
import type { FleetAnchor, SimulatedIdentity } from './identity.ts';
import { emptyChain, type ReceiptChain } from './receipt-chain.ts';

/** A target state that a device shall come to, in whole. */
export interface WantedTarget {
  readonly revision: Digest;
  readonly counter: number;
  readonly target: Digest;
  /** `<domain>/<name>` of what it holds. */
  readonly units: readonly string[];
}

/** What a real device has on its disk, and a simulated one from one run to the next. Immutable. */
export interface DeviceMemory {
  readonly held: HeldTrust;
  /** Null: it was never offered any. */
  readonly wanted: WantedTarget | null;
  /** What runs: the last target that was applied. */
  readonly committed: Digest | null;
  /** The last target that was rolled back, until another is applied; null: none. */
  readonly failed: Digest | null;
  readonly chain: ReceiptChain;
}

/** Devices that were never offered anything: they share what they believe. */
export function newMemory(anchor: FleetAnchor): (identity: SimulatedIdentity) => DeviceMemory {
  const held = initialTrust(anchor.root);
  return ({ instance }) => ({
    held,
    wanted: null,
    committed: null,
    failed: null,
    chain: emptyChain(instance),
  });
}

/** Versions as a Hello says them. Devices that hold the same share one value: reading it is half the cost of a hello. */
export function createVersionsReader(): (held: HeldTrust) => HeldMetadata {
  const known = new WeakMap<HeldTrust, HeldMetadata>();
  return (held) => {
    const before = known.get(held);
    if (before !== undefined) return before;
    const { root, timestamp, snapshot, targets, counter } = heldVersions(held);
    const versions = { root, timestamp, snapshot, targets, counter };
    known.set(held, versions);
    return versions;
  };
}
