// SPDX-License-Identifier: Apache-2.0
import { err, fullJitter, ok, type Clock, type Result } from '@fairlead/base';
import type { ReceiptsPort } from '@fairlead/gateway';
import type { ReceiptPlace, VerifiedReceipt } from '@fairlead/log';
import { receiptHash, type Receipt } from '@fairlead/trust/verify';
import type { Benches } from './benches.ts';
import { problemOf, type Problems, type ServerProblem } from './problems.ts';
import { createReceiptTurns, type ReceiptTurn } from './receipt-turns.ts';

export interface ReceiptDesk {
  readonly benches: Benches;
  readonly problems: Problems;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Ends the attempts. */
  readonly signal: AbortSignal;
  /** Told of each receipt once, when it stands in the log. */
  readonly onStored: (receipt: Receipt) => void;
}

const pauses = { baseMs: 500, capMs: 30_000 } as const;

/**
 * A receipt is acknowledged only when it stands in the log. While the log cannot be written it is tried again: the device keeps it
 * until then, and would send it again only on another stream.
 */
export function createReceiptDesk({
  benches,
  problems,
  clock,
  random,
  signal,
  onStored,
}: ReceiptDesk): ReceiptsPort {
  const turns = createReceiptTurns();

  async function keepStoring(
    turn: ReceiptTurn,
    receipt: VerifiedReceipt,
  ): Promise<Result<ReceiptPlace, ServerProblem>> {
    for (let attempt = 1; ;) {
      const log = benches.current()?.log;
      const isDue = log === undefined || turn.enter(log);
      if (isDue) {
        const stored =
          log === undefined
            ? err(problemOf('repository-missing', 'the repository has not been read yet'))
            : await log.receipts.store(receipt);
        if (stored.ok || stored.error.code === 'duplicate-identity') return stored;
        turn.failed();
        problems.set('receipts', stored.error);
      }
      await clock.sleep(fullJitter(attempt, { ...pauses, random }), signal);
      if (isDue) attempt += 1;
    }
  }

  return {
    position(device) {
      const log = benches.current()?.log;
      return log === undefined ? undefined : (log.position(device) ?? null);
    },
    async store({ device, receipt, envelope }) {
      const { instance, seq, previous } = receipt;
      const link = { instance, seq, previous, hash: receiptHash(envelope) };
      const turn = turns.take(device);
      try {
        const stored = await keepStoring(turn, { device, link, envelope });
        if (!stored.ok) return stored;
        problems.clear('receipts');
        if (stored.value !== 'duplicate') onStored(receipt);
        return ok();
      } finally {
        turn.leave();
      }
    },
  };
}
