// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import type { GoodbyeReason } from '@fairlead/wire';

/** What happens to a simulated device, told once each. Intervals are milliseconds, instants those of the monotonic clock. */
export type SimulatedEvent =
  /** `tookMs`: from the first packet to Welcome. */
  | { readonly kind: 'connected'; readonly device: string; readonly tookMs: number }
  | Disconnected
  /** `at`: when its last byte came. `since`: when its stream was welcomed. */
  | {
      readonly kind: 'offered';
      readonly device: string;
      readonly revision: Digest;
      readonly at: number;
      readonly since: number;
    }
  | { readonly kind: 'refreshed'; readonly device: string; readonly revision: Digest }
  | { readonly kind: 'refused'; readonly device: string; readonly code: string; readonly message: string }
  | {
      readonly kind: 'ended';
      readonly device: string;
      readonly revision: Digest;
      readonly target: Digest;
      readonly result: 'applied' | 'rolled-back';
    }
  /** So many more receipts stand in the log. */
  | { readonly kind: 'acknowledged'; readonly device: string; readonly count: number };

export interface Disconnected {
  readonly kind: 'disconnected';
  readonly device: string;
  readonly why: string;
  /** Whether it had come to a Welcome. */
  readonly welcomed: boolean;
  /** Null where the server said none. */
  readonly goodbye: { readonly reason: GoodbyeReason; readonly retryAfterMs: number } | null;
  /** Until it connects again. */
  readonly pauseMs: number;
}
