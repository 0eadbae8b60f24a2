// SPDX-License-Identifier: Apache-2.0
import { fullJitter, ok, type Clock } from '@fairlead/base';
import type { ReceiptsPort } from '@fairlead/gateway';
import { receiptHash, type Receipt } from '@fairlead/trust/verify';
import type { Benches } from './benches.ts';
import { problemOf, type Problems } from './problems.ts';

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
  return {
    position(device) {
      const log = benches.current()?.log;
      return log === undefined ? undefined : (log.position(device) ?? null);
    },
    async store({ device, receipt, envelope }) {
      const { instance, seq, previous } = receipt;
      const link = { instance, seq, previous, hash: receiptHash(envelope) };
      for (let attempt = 1; ; attempt += 1) {
        const stored = await benches.current()?.log.receipts.store({ device, link, envelope });
        if (stored?.ok === true) {
          problems.clear('receipts');
          if (stored.value !== 'duplicate') onStored(receipt);
          return ok();
        }
        const error =
          stored?.error ?? problemOf('repository-missing', 'the repository has not been read yet');
        if (error.code === 'duplicate-identity') return { ok: false, error };
        problems.set('receipts', error);
        await clock.sleep(fullJitter(attempt, { ...pauses, random }), signal);
      }
    },
  };
}
