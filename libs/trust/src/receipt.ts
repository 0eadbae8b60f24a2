// SPDX-License-Identifier: Apache-2.0
import type { Code, Digest } from '@fairlead/base';

/** What came of a revision that changed a device's target state, as the device states it. */
export interface Receipt {
  readonly device: string;
  /** Random, made together with the device's key: two instances of one device are a clone or a restored disk. */
  readonly instance: string;
  /** Counts up from 1 within an instance. */
  readonly seq: number;
  /** `receiptHash` of the receipt before; null for the first. */
  readonly previous: Digest | null;
  readonly revision: Digest;
  readonly counter: number;
  readonly target: Digest;
  readonly previousTarget: Digest | null;
  readonly result: ReceiptResult;
  /** Reason; null only where the revision was applied. */
  readonly code: Code | null;
  readonly units: readonly ReceiptUnit[];
  /** Units left out so that the receipt stays within its size; those that went wrong are kept first. */
  readonly unitsOmitted: number;
  /** System clock of the device, milliseconds since 1970. */
  readonly deviceTime: number;
  /** The later of system clock, build time of the agent and last signed time, milliseconds since 1970. */
  readonly trustedTime: number;
  readonly bootId: string;
  readonly agentVersion: string;
  /** What else should be known: codes like `state-restored`; in words why it failed, or what was asked on the device. */
  readonly remarks: readonly string[];
}

export type ReceiptResult = (typeof receiptResults)[number];

/** What became of one unit; `blocked`: in place but not started, since a unit that it requires is disabled. */
export type ReceiptUnitResult = (typeof unitResults)[number];

export interface ReceiptUnit {
  /** `<domain>/<name>`. */
  readonly unit: string;
  readonly result: ReceiptUnitResult;
  readonly code: Code | null;
}

/** Limits of one receipt: envelope in bytes, and entries. */
export const receiptLimits = { bytes: 4096, units: 32, remarks: 16 } as const;

export const receiptResults = ['applied', 'rolled-back', 'refused', 'inconsistent'] as const;
export const unitResults = [
  'applied',
  'removed',
  'unchanged',
  'blocked',
  'failed',
  'rolled-back',
  'inconsistent',
] as const;
