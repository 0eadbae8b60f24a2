// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Clock, type Result } from '@fairlead/base';
import { problem, type RepositoryProblem } from '@fairlead/git';
import { placeReceipt, type ReceiptLink, type ReceiptPlace } from './receipt-position.ts';
import type { ReceiptLog, VerifiedReceipt } from './receipt-log.ts';

/** Most receipts of one commit. */
const fullBatch = 1000;
/** How long the first receipt of a batch waits for company, in milliseconds; doubles while batches are large. */
const linger = { shortestMs: 250, longestMs: 15_000, largeBatch: 32 } as const;

/** Takes receipts one by one and stores them in batches. */
export interface ReceiptBatcher {
  /**
   * Resolves with the receipt's place when it stands in the log. A `fork` is never stored: two devices speak as one. A failed write is
   * an error for everyone in the batch; their devices send again.
   */
  store(receipt: VerifiedReceipt): Promise<Result<Exclude<ReceiptPlace, 'fork'>, RepositoryProblem>>;
  /** Writes what waits, until the signal aborts; then once more. */
  run(signal: AbortSignal): Promise<void>;
}

interface Waiting {
  readonly receipt: VerifiedReceipt;
  readonly settle: (outcome: Result<void, RepositoryProblem>) => void;
}

export function createReceiptBatcher(log: ReceiptLog, clock: Clock): ReceiptBatcher {
  const waiting: Waiting[] = [];
  /** Places that receipts on their way take. */
  const ahead = new Map<
    string,
    { readonly link: ReceiptLink; readonly stored: Promise<Result<void, RepositoryProblem>> }
  >();
  /** Receipts that could not be written: what follows one is not taken before it, or it would pass for a duplicate later. */
  const owed = new Map<string, ReceiptLink>();
  let lingerMs: number = linger.shortestMs;
  let wake = (): void => undefined;

  const add = (receipt: VerifiedReceipt): Promise<Result<void, RepositoryProblem>> => {
    const stored = new Promise<Result<void, RepositoryProblem>>((settle) => {
      waiting.push({ receipt, settle });
    });
    ahead.set(receipt.device, { link: receipt.link, stored });
    wake();
    return stored;
  };

  function settle(batch: readonly Waiting[], outcome: Result<void, RepositoryProblem>): void {
    for (const { receipt, settle: answer } of batch) {
      const { device, link } = receipt;
      if (ahead.get(device)?.link === link) ahead.delete(device);
      if (outcome.ok) owed.delete(device);
      else if (!isAfter(link, owed.get(device))) owed.set(device, link);
      answer(outcome);
    }
  }

  async function flush(signal: AbortSignal): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, fullBatch);
      const receipts = batch.map(({ receipt }) => receipt);
      const outcome = await log.write(receipts, signal).catch((thrown: unknown) => {
        settle(batch, err(problem('log-unwritable', String(thrown))));
        throw thrown;
      });
      const isLarge = batch.length >= linger.largeBatch;
      lingerMs = isLarge ? Math.min(linger.longestMs, lingerMs * 2) : linger.shortestMs;
      // What waits may follow what failed.
      settle(outcome.ok ? batch : [...batch, ...waiting.splice(0)], outcome);
    }
  }

  async function pause(ms: number, until: () => boolean, signal: AbortSignal): Promise<void> {
    if (until()) return;
    const woken = new AbortController();
    wake = () => {
      if (until()) woken.abort();
    };
    await clock.sleep(ms, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
    wake = () => undefined;
  }

  return {
    async store(receipt) {
      const onItsWay = ahead.get(receipt.device);
      const place = placeReceipt(onItsWay?.link ?? log.position(receipt.device), receipt.link);
      switch (place) {
        case 'fork':
          return err(
            problem(
              'duplicate-identity',
              `another receipt of ${receipt.device} stands at place ${String(receipt.link.seq)}`,
            ),
          );
        case 'duplicate': {
          const stored = (await onItsWay?.stored) ?? ok();
          return stored.ok ? ok(place) : stored;
        }
        case 'gap': {
          const missing = owed.get(receipt.device);
          if (isAfter(receipt.link, missing))
            return err(problem('log-unwritable', `receipt ${String(missing?.seq)} is still to be written`));
          const stored = await add(receipt);
          return stored.ok ? ok(place) : stored;
        }
        case 'next': {
          const stored = await add(receipt);
          return stored.ok ? ok(place) : stored;
        }
      }
    },
    async run(signal) {
      while (!signal.aborted) {
        await pause(3_600_000, () => waiting.length > 0, signal);
        await pause(lingerMs, () => waiting.length >= fullBatch, signal);
        await flush(new AbortController().signal);
      }
      await flush(new AbortController().signal);
    },
  };
}

function isAfter(link: ReceiptLink, other: ReceiptLink | undefined): boolean {
  return other !== undefined && other.instance === link.instance && other.seq < link.seq;
}
