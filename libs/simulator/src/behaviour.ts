// SPDX-License-Identifier: Apache-2.0

/** How simulated devices behave. */
export interface Behaviour {
  /** Share of the target states that fail and are rolled back, 0 to 1. Default 0. */
  readonly failShare: number;
  /** How long applying takes, in milliseconds: uniform between both. Default 0 to 0. */
  readonly applyMs: readonly [least: number, most: number];
  /**
   * Share of the offers that a device verifies itself, 0 to 1. Default 1. The rest take the verdict of the device of this process that
   * verified the same metadata: for figures of the server, where the devices' own work on the same machine is in the way.
   */
  readonly verifyShare: number;
  /** Ceiling of the first pause before a device connects again, doubling with each failure up to the cap; full jitter. Milliseconds. */
  readonly reconnect: { readonly baseMs: number; readonly capMs: number };
  /** A server that has not been heard of for this long is asked for a sign of life, and left without one. Milliseconds. */
  readonly keepalive: { readonly everyMs: number; readonly timeoutMs: number };
  /** Longest wait from the first packet to Welcome, in milliseconds. */
  readonly greetingMs: number;
}

/** Those of the agent, where it has them. */
export const defaultBehaviour: Behaviour = {
  failShare: 0,
  applyMs: [0, 0],
  verifyShare: 1,
  reconnect: { baseMs: 1_000, capMs: 5 * 60_000 },
  keepalive: { everyMs: 60_000, timeoutMs: 20_000 },
  greetingMs: 60_000,
};
