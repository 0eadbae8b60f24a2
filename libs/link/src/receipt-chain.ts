// SPDX-License-Identifier: Apache-2.0
import { isDigest, type Digest } from '@fairlead/base';
import { receiptHash, type Receipt } from '@fairlead/trust/verify';
import * as v from 'valibot';

/** A place in a device's chain of receipts. `seq` 0 and hash null: before the first. */
export interface ChainPosition {
  readonly seq: number;
  readonly hash: Digest | null;
}

/** What the fleet log holds of this device; null: nothing. */
export type LogPosition = (ChainPosition & { readonly instance: string }) | null;

export interface KeptReceipt {
  readonly seq: number;
  /** Id of the engine's outcome that it states, so that an outcome told twice is sealed once. */
  readonly outcome: number;
  /** The exact text of the sealed envelope. */
  readonly envelope: string;
}

/** The stored form of the outbox: one file, replaced as a whole. */
export interface ReceiptChain {
  readonly format: 1;
  readonly instance: string;
  /** Where the kept receipts begin: the last one that was dropped, or the log's end after a restored disk. */
  readonly base: ChainPosition;
  /** Receipts up to this one stand in the fleet log. */
  readonly acknowledged: number;
  /** The next receipt has to say `state-restored`. */
  readonly restored: boolean;
  /** Ascending, without gaps, from `base.seq` + 1. */
  readonly receipts: readonly KeptReceipt[];
}

/** Receipts that are kept after they were acknowledged, should the log lose them. */
export const keptAfterAck = 64;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const chainSchema = v.strictObject({
  format: v.literal(1),
  instance: v.string(),
  base: v.strictObject({ seq: count, hash: v.nullable(v.custom<Digest>(isDigest, 'not a digest')) }),
  acknowledged: count,
  restored: v.boolean(),
  receipts: v.array(v.strictObject({ seq: count, outcome: count, envelope: v.string() })),
});

export function emptyChain(instance: string): ReceiptChain {
  return {
    format: 1,
    instance,
    base: { seq: 0, hash: null },
    acknowledged: 0,
    restored: false,
    receipts: [],
  };
}

/** The last receipt made: what the next one names. */
function headOf(chain: ReceiptChain): ChainPosition {
  const last = chain.receipts.at(-1);
  return last === undefined ? chain.base : { seq: last.seq, hash: receiptHash(Buffer.from(last.envelope)) };
}

/** The last receipt that stands in the log, as far as the device was told. */
export function acknowledgedOf(chain: ReceiptChain): ChainPosition {
  return { seq: chain.acknowledged, hash: hashAt(chain, chain.acknowledged) ?? null };
}

/** What a new receipt takes from the chain. */
export function nextLink(
  chain: ReceiptChain,
): Pick<Receipt, 'instance' | 'seq' | 'previous'> & { readonly restored: boolean } {
  const head = headOf(chain);
  return { instance: chain.instance, seq: head.seq + 1, previous: head.hash, restored: chain.restored };
}

export function append(chain: ReceiptChain, outcome: number, envelope: Uint8Array): ReceiptChain {
  const receipt = { seq: headOf(chain).seq + 1, outcome, envelope: Buffer.from(envelope).toString('utf8') };
  return { ...chain, restored: false, receipts: [...chain.receipts, receipt] };
}

/** Notes that receipts up to `seq` stand in the log, and drops all but the newest of those. */
export function acknowledge(chain: ReceiptChain, seq: number): ReceiptChain {
  const acknowledged = Math.max(chain.acknowledged, Math.min(seq, headOf(chain).seq));
  const dropped = chain.receipts.filter((receipt) => receipt.seq <= acknowledged - keptAfterAck).at(-1);
  if (dropped === undefined) return { ...chain, acknowledged };
  return {
    ...chain,
    acknowledged,
    base: { seq: dropped.seq, hash: receiptHash(Buffer.from(dropped.envelope)) },
    receipts: chain.receipts.filter((receipt) => receipt.seq > dropped.seq),
  };
}

/** What the log's view means for this device's chain. */
export type Reconciliation =
  /** The log holds our chain up to `after`; what lies above is sent (again). `lost`: it had acknowledged more. */
  | { readonly kind: 'send'; readonly after: number; readonly lost: boolean }
  /** The log holds receipts of this instance that the device does not know: its disk was restored. It goes on from there. */
  | { readonly kind: 'restored'; readonly at: ChainPosition };

export function reconcile(chain: ReceiptChain, log: LogPosition): Reconciliation {
  if (log === null || log.instance !== chain.instance)
    return { kind: 'send', after: 0, lost: chain.acknowledged > 0 };
  const known = hashAt(chain, log.seq);
  const strange = log.seq > headOf(chain).seq || (known !== undefined && known !== log.hash);
  if (strange) return { kind: 'restored', at: { seq: log.seq, hash: log.hash } };
  return { kind: 'send', after: log.seq, lost: log.seq < chain.acknowledged };
}

/** The chain cut loose from its past: it goes on at `at`. What the log has not seen is returned, to be sealed anew. */
export function restartAt(
  chain: ReceiptChain,
  at: ChainPosition,
): { readonly chain: ReceiptChain; readonly unsent: readonly KeptReceipt[] } {
  const unsent = chain.receipts.filter((receipt) => receipt.seq > chain.acknowledged);
  return { chain: { ...chain, base: at, acknowledged: at.seq, restored: true, receipts: [] }, unsent };
}

/** Undefined: dropped long ago, or never made here. */
function hashAt(chain: ReceiptChain, seq: number): Digest | null | undefined {
  if (seq === chain.base.seq) return chain.base.hash;
  const receipt = chain.receipts.find((kept) => kept.seq === seq);
  return receipt === undefined ? undefined : receiptHash(Buffer.from(receipt.envelope));
}
