// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import { receiptHash, sealReceipt, type Receipt } from '@fairlead/trust/verify';
import type { ReceiptPosition } from '@fairlead/wire';

export interface KeptReceipt {
  readonly seq: number;
  readonly hash: Digest;
  /** The exact text of the sealed envelope. */
  readonly envelope: string;
}

/** The receipts of one device. Immutable. */
export interface ReceiptChain {
  readonly instance: string;
  /** The last one made; sequence 0 and no hash: none yet. */
  readonly head: { readonly seq: number; readonly hash: Digest | null };
  /** The last one that stands in the log, as far as the device was told. */
  readonly acknowledged: { readonly seq: number; readonly hash: Digest | null };
  /** The next receipt has to say `state-restored`. */
  readonly restored: boolean;
  /** Oldest first. */
  readonly kept: readonly KeptReceipt[];
}

/** What a receipt states, without its place in the chain. */
export type ReceiptFacts = Omit<Receipt, 'instance' | 'seq' | 'previous'>;

/** Receipts that a device keeps after they were acknowledged, should the log lose them. */
const keptAfterAck = 64;

const start = { seq: 0, hash: null } as const;

export function emptyChain(instance: string): ReceiptChain {
  return { instance, head: start, acknowledged: start, restored: false, kept: [] };
}

/** Seals one more receipt. `key`: the device's, PKCS#8 PEM. */
export function appendReceipt(chain: ReceiptChain, facts: ReceiptFacts, key: string): ReceiptChain {
  const { instance, head } = chain;
  const remarks = chain.restored ? ['state-restored', ...facts.remarks] : facts.remarks;
  const envelope = sealReceipt({ ...facts, remarks, instance, seq: head.seq + 1, previous: head.hash }, key);
  const last = {
    seq: head.seq + 1,
    hash: receiptHash(envelope),
    envelope: Buffer.from(envelope).toString('utf8'),
  };
  return {
    ...chain,
    restored: false,
    head: { seq: last.seq, hash: last.hash },
    kept: [...chain.kept, last],
  };
}

/** Receipts up to `seq` stand in the log. */
export function acknowledgeReceipts(chain: ReceiptChain, seq: number): ReceiptChain {
  const last = chain.kept.findLast((receipt) => receipt.seq <= seq);
  if (last === undefined || last.seq <= chain.acknowledged.seq) return chain;
  return {
    ...chain,
    acknowledged: { seq: last.seq, hash: last.hash },
    kept: chain.kept.filter((receipt) => receipt.seq > last.seq - keptAfterAck),
  };
}

/** What the log's view of this device means for its chain; receipts above `after` are to be sent. */
export function meetLog(
  chain: ReceiptChain,
  log: ReceiptPosition | null,
): { readonly chain: ReceiptChain; readonly after: number } {
  if (log === null || log.instance !== chain.instance) return { chain, after: 0 };
  const { seq, hash } = log;
  const known = chain.kept.find((receipt) => receipt.seq === seq);
  const strange = seq > chain.head.seq || (known !== undefined && known.hash !== hash);
  if (!strange) return { chain: acknowledgeReceipts(chain, seq), after: seq };
  // This device's memory is older than the log: it goes on where the log is.
  return {
    chain: { ...chain, head: { seq, hash }, acknowledged: { seq, hash }, restored: true, kept: [] },
    after: seq,
  };
}
