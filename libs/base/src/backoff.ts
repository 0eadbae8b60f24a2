// SPDX-License-Identifier: Apache-2.0

export interface BackoffOptions {
  /** First ceiling, in milliseconds; doubles with each attempt. */
  readonly baseMs: number;
  /** No wait is longer than this, in milliseconds. */
  readonly capMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Full jitter: uniform between nothing and the doubled ceiling, so that a fleet which failed together does not return together. `attempt` counts from 0. */
export function fullJitter(attempt: number, options: BackoffOptions): number {
  return Math.floor(options.random() * doubling(attempt, options.baseMs, options.capMs));
}

/** `baseMs` doubled `attempt` times, at most `capMs`. */
export function doubling(attempt: number, baseMs: number, capMs: number): number {
  return Math.min(capMs, baseMs * 2 ** Math.min(attempt, 52));
}
