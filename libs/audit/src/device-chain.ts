// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import type { Receipt } from '@fairlead/trust/verify';
import type { Findings, Place } from './finding.ts';

/** A receipt whose signature was judged, and where it stands. */
export interface PlacedReceipt {
  readonly receipt: Receipt;
  readonly hash: Digest;
  /** The key that signed it. */
  readonly key: Digest;
  /** When its batch was written, milliseconds since 1970. */
  readonly written: number;
  readonly place: Place;
}

/** How far a chain had come at an earlier audit. */
export interface ChainEnd {
  readonly seq: number;
  readonly hash: Digest;
  readonly counter: number;
  /** What the device ran then; null: nothing. */
  readonly runs: Digest | null;
  readonly key: Digest;
}

/** The receipts of one instance of a device, which one key signs. */
export interface DeviceChain {
  /** Takes the receipt of a place that is free. */
  add(placed: PlacedReceipt): void;
  /** The receipt that holds this place. */
  at(seq: number): PlacedReceipt | undefined;
  /** By number. */
  receipts(): readonly PlacedReceipt[];
  /** Judges the chain from end to end. */
  end(findings: Findings): ChainEnd | undefined;
}

/** `before`: as an earlier audit left it. `mayFall`: whether counters may fall, since a root has taken the targets keys away. */
export function createDeviceChain(before: ChainEnd | undefined, mayFall: boolean): DeviceChain {
  const bySeq = new Map<number, PlacedReceipt>();
  const sorted = (): readonly PlacedReceipt[] =>
    [...bySeq.values()].sort((a, b) => a.receipt.seq - b.receipt.seq);

  return {
    add: (placed) => bySeq.set(placed.receipt.seq, placed),
    at: (seq) => bySeq.get(seq),
    receipts: sorted,
    end(findings) {
      let last = before;
      for (const placed of sorted()) {
        judgeLink(last, placed, mayFall, findings);
        const { seq, counter } = placed.receipt;
        last = { seq, hash: placed.hash, counter, runs: runsAfter(placed.receipt), key: placed.key };
      }
      return last;
    },
  };
}

/** What a device runs once the transaction of the receipt has ended: the new target state, or the one before. */
function runsAfter({ result, target, previousTarget }: Receipt): Digest | null {
  return result === 'applied' ? target : previousTarget;
}

function judgeLink(
  last: ChainEnd | undefined,
  { receipt, key, place }: PlacedReceipt,
  mayFall: boolean,
  findings: Findings,
): void {
  const { seq, previous, previousTarget, counter, remarks } = receipt;
  const next = (last?.seq ?? 0) + 1;
  if (seq > next) {
    const missing =
      seq - 1 === next ? `receipt ${String(next)} is` : `receipts ${String(next)} to ${String(seq - 1)} are`;
    findings.error('receipt-missing', `${missing} missing`, { ...place, seq: next });
    return;
  }
  if (previous !== (last?.hash ?? null)) {
    const expected = last === undefined ? 'none' : `receipt ${String(last.seq)}`;
    findings.error('chain-broken', `receipt ${String(seq)} should name ${expected} as the one before`, place);
  }
  if (last === undefined) return;
  if (key !== last.key)
    findings.error(
      'instance-unexplained',
      `receipt ${String(seq)} is signed by another key than those before`,
      place,
    );
  if (remarks.includes('state-restored')) return;
  if (counter < last.counter && !mayFall)
    findings.error(
      'rollback',
      `receipt ${String(seq)} is of counter ${String(counter)}, the one before of ${String(last.counter)}`,
      place,
    );
  if (previousTarget !== last.runs)
    // Of a device that lost its state: nobody but the device can write this.
    findings.warning(
      'receipt-mismatch',
      `receipt ${String(seq)} says that ${previousTarget ?? 'nothing'} ran before, the one before it ${last.runs ?? 'nothing'}`,
      place,
    );
}
