// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@fairlead/base';
import type { FromAgent, SealedReceipt, Status, StreamLimits } from '@fairlead/wire';
import type { KeptReceipt, ReceiptChain } from './receipt-chain.ts';

/** What one device says on one stream after its Hello: records in order and within limits, and the newest state. */
export interface Outgoing {
  /** The limits of Welcome; receipts above `after` are sent. */
  begin(limits: StreamLimits, after: number): void;
  /** Sends receipts that may go. */
  receipts(): void;
  /** A newer status takes the place of one that waits. */
  status(status: Status): void;
}

export interface OutgoingPorts {
  readonly clock: Clock;
  chain(): ReceiptChain;
  readonly say: (message: FromAgent) => void;
}

export function createOutgoing(ports: OutgoingPorts, signal: AbortSignal): Outgoing {
  let limits: StreamLimits | undefined;
  let sent = 0;
  let statusAt = -Infinity;
  let waiting: Status | undefined;

  const receiptMessage = ({ seq, envelope }: KeptReceipt): SealedReceipt => ({
    kind: 'receipt',
    seq,
    envelope: Buffer.from(envelope),
  });
  const sendReceipts = (): void => {
    if (limits === undefined) return;
    const { kept, acknowledged } = ports.chain();
    const upTo = acknowledged.seq + limits.openReceipts;
    for (const receipt of kept) {
      if (receipt.seq <= sent || receipt.seq > upTo) continue;
      ports.say(receiptMessage(receipt));
      sent = receipt.seq;
    }
  };
  const sendStatus = (status: Status): void => {
    statusAt = ports.clock.monotonic();
    ports.say(status);
  };
  const sendLater = async (ms: number): Promise<void> => {
    await ports.clock.sleep(ms, signal);
    if (waiting !== undefined) sendStatus(waiting);
    waiting = undefined;
  };

  return {
    begin(given, after) {
      limits = given;
      sent = after;
      sendReceipts();
    },
    receipts: sendReceipts,
    status(status) {
      if (limits === undefined) return;
      if (waiting !== undefined) {
        waiting = status;
        return;
      }
      const early = statusAt + limits.statusIntervalMs - ports.clock.monotonic();
      if (early <= 0) {
        sendStatus(status);
        return;
      }
      waiting = status;
      sendLater(early).catch(() => undefined);
    },
  };
}
