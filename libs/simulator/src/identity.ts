// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';

/** Who a simulated device is: what a real one keeps in its identity folder. */
export interface SimulatedIdentity {
  /** UUID in lower case. */
  readonly device: string;
  /** Random, made together with the key. */
  readonly instance: string;
  /** P-256, PKCS#8 PEM. */
  readonly key: string;
  /** PEM. */
  readonly certificate: string;
}

/** Where simulated devices begin to believe. */
export interface FleetAnchor {
  /** SHA-256 of root version 1. */
  readonly fleet: Digest;
  /** Bytes of root version 1. */
  readonly root: Uint8Array;
  /** PEM of each CA of the fleet. */
  readonly ca: readonly string[];
}

/** The id of the nth device of a generated fleet: the same in every run, in byte order of n. */
export function simulatedDeviceId(n: number): string {
  return `51310000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}
