// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';

/** A place in the chain of one device's receipts. */
export interface ReceiptPosition {
  readonly instance: string;
  readonly seq: number;
  readonly hash: Digest;
}

/** What of a receipt counts for its place. */
export interface ReceiptLink {
  readonly instance: string;
  readonly seq: number;
  readonly hash: Digest;
  /** Hash of the receipt before; null for the first. */
  readonly previous: Digest | null;
}

/** `gap`: taken, but receipts between are missing. `fork`: another receipt stands where this one says it stands: a cloned device. */
export type ReceiptPlace = 'next' | 'duplicate' | 'gap' | 'fork';

export function placeReceipt(last: ReceiptPosition | undefined, link: ReceiptLink): ReceiptPlace {
  if (last === undefined || last.instance !== link.instance) return link.seq === 1 ? 'next' : 'gap';
  if (link.seq === last.seq) return link.hash === last.hash ? 'duplicate' : 'fork';
  if (link.seq < last.seq) return 'duplicate';
  if (link.seq > last.seq + 1) return 'gap';
  return link.previous === last.hash ? 'next' : 'fork';
}

export interface Positions {
  of(device: string): ReceiptPosition | undefined;
  all(): ReadonlyMap<string, ReceiptPosition>;
  /** Within an instance the highest place counts; another instance follows the one before. */
  advance(device: string, position: ReceiptPosition): void;
}

/** The newest place of each device. */
export function createPositions(): Positions {
  const newest = new Map<string, ReceiptPosition>();
  return {
    of: (device) => newest.get(device),
    all: () => newest,
    advance(device, { instance, seq, hash }) {
      const last = newest.get(device);
      if (last?.instance !== instance || last.seq < seq) newest.set(device, { instance, seq, hash });
    },
  };
}
