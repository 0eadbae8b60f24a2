// SPDX-License-Identifier: Apache-2.0
import { fullJitter } from '@fairlead/base';

/** Where the stream to the server stands. Times are monotonic milliseconds. */
export type Connection =
  /** Opening the transport and the stream. `attempt` counts from 0 what failed in a row. */
  | { readonly kind: 'connecting'; readonly attempt: number }
  /** Said Hello, waiting for Welcome. */
  | { readonly kind: 'greeting'; readonly attempt: number }
  | { readonly kind: 'streaming'; readonly attempt: number; readonly since: number }
  | { readonly kind: 'waiting'; readonly attempt: number; readonly until: number };

export type ConnectionEvent =
  | { readonly kind: 'opened' }
  | { readonly kind: 'welcomed' }
  /** `retryAfterMs`: what the server's Goodbye asked for; null: it said nothing. */
  | { readonly kind: 'ended'; readonly retryAfterMs: number | null }
  | { readonly kind: 'due' };

export interface ReconnectPolicy {
  /** First ceiling of the pause, doubling with each failure, in milliseconds. */
  readonly baseMs: number;
  readonly capMs: number;
  /** A stream that lived this long was healthy: pauses begin anew. Shorter ones count as failures, so that a server which welcomes and falls is left time. */
  readonly healthyMs: number;
  /** No server may send a device away for longer than this, in milliseconds. */
  readonly longestAfterMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export const reconnectDefaults = {
  baseMs: 1_000,
  capMs: 5 * 60_000,
  healthyMs: 60_000,
  longestAfterMs: 60 * 60_000,
} as const;

export const firstConnection: Connection = { kind: 'connecting', attempt: 0 };

/** The next state. An event that means nothing in a state leaves it as it is. */
export function nextConnection(
  state: Connection,
  event: ConnectionEvent,
  now: number,
  policy: ReconnectPolicy,
): Connection {
  switch (event.kind) {
    case 'opened':
      return state.kind === 'connecting' ? { kind: 'greeting', attempt: state.attempt } : state;
    case 'welcomed':
      return state.kind === 'greeting' ? { kind: 'streaming', attempt: state.attempt, since: now } : state;
    case 'ended':
      return state.kind === 'waiting' ? state : waitAfter(state, event.retryAfterMs, now, policy);
    case 'due':
      return state.kind === 'waiting' ? { kind: 'connecting', attempt: state.attempt } : state;
  }
}

function waitAfter(
  state: Exclude<Connection, { kind: 'waiting' }>,
  retryAfterMs: number | null,
  now: number,
  policy: ReconnectPolicy,
): Connection {
  const healthy = state.kind === 'streaming' && now - state.since >= policy.healthyMs;
  const attempt = healthy ? 0 : state.attempt;
  const pause =
    retryAfterMs === null
      ? fullJitter(attempt, policy)
      : // The server spreads its devices itself; a little jitter of ours keeps equal answers apart.
        Math.min(Math.max(0, retryAfterMs), policy.longestAfterMs) + fullJitter(0, policy);
  return { kind: 'waiting', attempt: attempt + 1, until: now + pause };
}
