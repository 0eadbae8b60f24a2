// SPDX-License-Identifier: Apache-2.0
import { FairleadError, isAbort, type Clock, type Logger } from '@fairlead/base';
import type { Bench } from './bench.ts';

/**
 * Reads what other servers wrote into the log as often as the repository is looked at anyway, so that a revocation counts here soon.
 * Whether the log can be read is told by whoever works with it. Runs until the signal aborts.
 */
export async function followLog(
  ports: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly everyMs: number;
    bench(): Bench | undefined;
    /** Called where certificates count no more that counted before. */
    onRevoked(): void;
  },
  signal: AbortSignal,
): Promise<void> {
  let revoked = 0;
  try {
    for (;;) {
      await ports.clock.sleep(ports.everyMs, signal);
      const log = ports.bench()?.log;
      if (log === undefined) continue;
      await log.sync().catch((thrown: unknown) => {
        if (isAbort(thrown)) throw thrown;
        ports.logger.error('the log was not followed', { reason: FairleadError.from(thrown).message });
      });
      const now = log.state().revoked.size;
      if (now !== revoked) ports.onRevoked();
      revoked = now;
    }
  } catch (thrown) {
    if (!isAbort(thrown)) throw thrown;
  }
}
