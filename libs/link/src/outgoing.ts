// SPDX-License-Identifier: Apache-2.0
import type { CommandResult, Refusal, SealedReceipt, Status, StreamLimits } from '@fairlead/wire';
import { createBell, type Bell } from './bell.ts';
import type { ReceiptOutbox } from './receipt-outbox.ts';

type AgentRecord = Refusal | CommandResult;

/** Refusals and results that wait for their acknowledgement; the oldest give way. */
const mostRecords = 64;

/**
 * What waits to be said to the server, across streams. A Status is state: one waits at most, a newer one takes its place. Records
 * are kept until they are acknowledged, and said again on every new stream.
 */
export interface Outgoing {
  readonly bell: Bell;
  status(status: Status): void;
  record(record: AgentRecord): void;
  recordAcknowledged(id: string): void;
  /** Begins a stream: all that is not acknowledged is said again. `after`: receipts up to there stand in the log. */
  begin(limits: StreamLimits, after: number): OutgoingStream;
}

export interface OutgoingStream {
  /** The next message to write, and with that taken as written; null: nothing now. `now` is monotonic milliseconds. */
  next(now: number): Status | AgentRecord | SealedReceipt | null;
  /** When a Status that is held back may go, in monotonic milliseconds; null: none is. */
  statusDue(): number | null;
}

export function createOutgoing(receipts: ReceiptOutbox): Outgoing {
  const bell = createBell();
  const records = new Map<string, AgentRecord>();
  let latest: Status | null = null;

  return {
    bell,
    status(status) {
      latest = status;
      bell.ring();
    },
    record(record) {
      records.delete(record.id);
      records.set(record.id, record);
      for (const id of records.keys()) if (records.size > mostRecords) records.delete(id);
      bell.ring();
    },
    recordAcknowledged(id) {
      records.delete(id);
    },
    begin(limits, after) {
      const saidRecords = new Set<AgentRecord>();
      let saidStatus: Status | null = null;
      let statusDue = 0;
      let saidSeq = after;

      const nextRecord = (): AgentRecord | null => {
        for (const record of records.values()) {
          if (saidRecords.has(record)) continue;
          saidRecords.add(record);
          return record;
        }
        return null;
      };
      const nextReceipt = (): SealedReceipt | null => {
        const [receipt] = receipts.after(saidSeq);
        if (
          receipt === undefined ||
          receipt.seq > Math.max(after, receipts.acknowledged()) + limits.openReceipts
        )
          return null;
        saidSeq = receipt.seq;
        return { kind: 'receipt', seq: receipt.seq, envelope: Buffer.from(receipt.envelope) };
      };
      const nextStatus = (now: number): Status | null => {
        if (latest === saidStatus || now < statusDue) return null;
        saidStatus = latest;
        statusDue = now + limits.statusIntervalMs;
        return latest;
      };
      return {
        next: (now) => nextRecord() ?? nextReceipt() ?? nextStatus(now),
        statusDue: () => (latest === saidStatus ? null : statusDue),
      };
    },
  };
}
