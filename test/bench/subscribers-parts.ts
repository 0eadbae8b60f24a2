// SPDX-License-Identifier: Apache-2.0
// What the benchmark of fan-out and its processes of subscribers tell each other.

export type ToSubscribers =
  | { readonly kind: 'open'; readonly count: number }
  /** From now on the next message of each counts. */
  | { readonly kind: 'round' };

export type FromSubscribers =
  | { readonly kind: 'ready' }
  | { readonly kind: 'opened'; readonly perSecond: number }
  /** Instants of the system's monotonic clock in nanoseconds, when that share of the subscribers had the message. `bytes`: of one. */
  | {
      readonly kind: 'arrived';
      readonly p50: string;
      readonly p99: string;
      readonly last: string;
      readonly bytes: number;
    };
