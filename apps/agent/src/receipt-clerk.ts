// SPDX-License-Identifier: Apache-2.0
import { FairleadError, fullJitter, type Clock, type Logger } from '@fairlead/base';
import type { Engine, Outcome } from '@fairlead/engine';
import type { Link } from '@fairlead/link';
import { factsOf } from './outcome-facts.ts';

/** Turns outcomes into receipts, in their order. */
export interface ReceiptClerk {
  take(outcome: Outcome): void;
  /** Resolves when nothing is being written; what waits is told again by the engine at the next start. */
  stop(): Promise<void>;
}

export interface ReceiptClerkPorts {
  readonly engine: Pick<Engine, 'acknowledgeOutcome'>;
  readonly link: Pick<Link, 'record'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

const pause = { baseMs: 1_000, capMs: 5 * 60_000 } as const;

/** The receipt is on disk before the engine forgets the outcome; a disk that refuses is tried again, so that none is lost. */
export function createReceiptClerk({ engine, link, clock, logger, random }: ReceiptClerkPorts): ReceiptClerk {
  const stopping = new AbortController();
  let last = Promise.resolve();

  const settle = async (outcome: Outcome): Promise<void> => {
    const { id, result, revision, code, message } = outcome;
    for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
      try {
        await link.record(id, factsOf(outcome));
        await engine.acknowledgeOutcome(id);
        logger.info('transaction ended', { result, revision, code, reason: message });
        return;
      } catch (thrown) {
        logger.error('the receipt of an outcome could not be kept', {
          outcome: id,
          error: FairleadError.from(thrown).message,
        });
      }
      await clock.sleep(fullJitter(attempt, { ...pause, random }), stopping.signal).catch(() => undefined);
    }
  };

  return {
    take(outcome) {
      last = last.then(() => settle(outcome));
    },
    async stop() {
      stopping.abort(new FairleadError({ code: 'cancelled', message: 'the agent ends' }));
      await last;
    },
  };
}
