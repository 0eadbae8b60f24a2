// SPDX-License-Identifier: Apache-2.0
import { FairleadError, type Logger } from '@fairlead/base';

/** One thing that is read again while the server runs. */
export interface ReloadStep {
  /** As the log names it. */
  readonly what: string;
  /** Throws, and leaves in use what was, where the new one is not fit for use. */
  readonly run: () => Promise<void>;
}

/**
 * Reads everything again, each for itself: what is not fit for use stays as it was, and the log says so. Two that are asked for at the same
 * time run one after the other. Never rejects.
 */
export function createReload(steps: readonly ReloadStep[], logger: Logger): () => Promise<void> {
  let last = Promise.resolve();
  const reload = async (): Promise<void> => {
    for (const { what, run } of steps) {
      try {
        await run();
        logger.info('reloaded', { what });
      } catch (thrown) {
        const { code, message, hint } = FairleadError.from(thrown);
        logger.error('not reloaded: the old one stays in use', { what, code, message, hint });
      }
    }
  };
  return () => (last = last.then(reload));
}
