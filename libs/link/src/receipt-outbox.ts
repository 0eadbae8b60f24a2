// SPDX-License-Identifier: Apache-2.0
import { createPublicKey } from 'node:crypto';
import { FairleadError } from '@fairlead/base';
import { openReceipt, receiptLimits, sealReceipt, type Receipt } from '@fairlead/trust/verify';
import {
  acknowledge,
  acknowledgedOf,
  append,
  chainSchema,
  emptyChain,
  nextLink,
  reconcile,
  restartAt,
  type ChainPosition,
  type KeptReceipt,
  type LogPosition,
  type ReceiptChain,
  type Reconciliation,
} from './receipt-chain.ts';
import { createSerial } from './serial.ts';
import { readStored, writeStored } from './stored-json.ts';

/** What a receipt states, without its place in the chain. */
export type ReceiptFacts = Omit<Receipt, 'instance' | 'seq' | 'previous'>;

export interface ReceiptOutbox {
  /**
   * Reads what is stored; the rest works from then on. A chain of another instance ended with the key that signed it: a new one
   * begins. `key`: the device's, PKCS#8 PEM.
   */
  open(instance: string, key: string): Promise<void>;
  /** Seals and stores; what resolved survives a power cut. An outcome that has a receipt already gets no second one. */
  record(outcome: number, facts: ReceiptFacts): Promise<void>;
  /** The last receipt that stands in the log, as far as the device was told: what Hello repeats. */
  position(): ChainPosition & { readonly instance: string };
  /** Those above `seq`, oldest first. */
  after(seq: number): readonly KeptReceipt[];
  acknowledged(): number;
  acknowledge(seq: number): Promise<void>;
  /** Takes the log's view of this device, stored before it resolves. */
  meetLog(log: LogPosition): Promise<Reconciliation>;
}

/** One file, replaced as a whole with each change. */
export function createReceiptOutbox(path: string): ReceiptOutbox {
  const serial = createSerial();
  let stored: ReceiptChain | undefined;
  let privateKey = '';

  const chain = (): ReceiptChain => {
    if (stored === undefined)
      throw new FairleadError({ code: 'internal', message: 'receipts used before they were opened' });
    return stored;
  };
  const store = async (next: ReceiptChain): Promise<void> => {
    await writeStored(path, next);
    stored = next;
  };
  const seal = (onto: ReceiptChain, outcome: number, facts: ReceiptFacts): ReceiptChain => {
    const { restored, ...link } = nextLink(onto);
    const remarks = restored
      ? ['state-restored', ...facts.remarks].slice(0, receiptLimits.remarks)
      : facts.remarks;
    return append(onto, outcome, sealReceipt({ ...facts, ...link, remarks }, privateKey));
  };
  const reopen = (receipt: KeptReceipt): ReceiptFacts => {
    const opened = openReceipt(Buffer.from(receipt.envelope), createPublicKey(privateKey));
    if (opened.ok) return opened.value;
    throw new FairleadError({
      code: 'storage-failed',
      message: `receipt ${String(receipt.seq)} is damaged: ${opened.error.join('; ')}`,
    });
  };
  /** Receipts that the log has not seen are sealed again at their new place, so that none is lost. */
  const moveTo = (at: ChainPosition): ReceiptChain => {
    const cut = restartAt(chain(), at);
    return cut.unsent.reduce((moved, receipt) => seal(moved, receipt.outcome, reopen(receipt)), cut.chain);
  };

  return {
    open: (instance, key) =>
      serial(async () => {
        privateKey = key;
        stored = (await readStored(path, chainSchema)) ?? emptyChain(instance);
        if (stored.instance !== instance) stored = emptyChain(instance);
      }),
    record: (outcome, facts) =>
      serial(async () => {
        if (!chain().receipts.some((receipt) => receipt.outcome === outcome))
          await store(seal(chain(), outcome, facts));
      }),
    position: () => ({ instance: chain().instance, ...acknowledgedOf(chain()) }),
    after: (seq) => chain().receipts.filter((receipt) => receipt.seq > seq),
    acknowledged: () => chain().acknowledged,
    acknowledge: (seq) =>
      serial(async () => {
        const next = acknowledge(chain(), seq);
        if (next.acknowledged !== chain().acknowledged) await store(next);
      }),
    meetLog: (log) =>
      serial(async () => {
        const met = reconcile(chain(), log);
        if (met.kind === 'restored') await store(moveTo(met.at));
        return met;
      }),
  };
}
