// SPDX-License-Identifier: Apache-2.0
import { codeInfo, fullJitter, type BackoffOptions, type Clock } from '@fairlead/base';
import type { Pending } from './engine-state.ts';
import type { StepFailure } from './domain.ts';

/** When something that failed is tried again: later and later, with full jitter, until it succeeds once. */
export interface Retry {
  fail(failure: StepFailure): void;
  reset(): void;
  /** Not before this moment of the monotonic clock. */
  at(): number;
  /** Why it waits; null: it did not fail. */
  pending(): Pending | null;
}

export function createRetry(clock: Clock, backoff: BackoffOptions): Retry {
  let attempt = 0;
  let at = 0;
  let pending: Pending | null = null;
  return {
    fail({ code, message, hint }) {
      const pause = fullJitter(attempt, backoff);
      attempt += 1;
      at = clock.monotonic() + pause;
      const now = clock.now();
      const since = pending?.code === code ? pending.since : now;
      pending = { code, message, hint: hint ?? codeInfo(code).hint, since, retryAt: now + pause };
    },
    reset() {
      attempt = 0;
      at = 0;
      pending = null;
    },
    at: () => at,
    pending: () => pending,
  };
}
