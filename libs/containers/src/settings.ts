// SPDX-License-Identifier: Apache-2.0

/** What the driver does where a unit says nothing. Times in milliseconds. */
export interface DriverSettings {
  /** From the stop signal to SIGKILL, for units that name no grace. */
  readonly graceMs: number;
  /** How long a started unit must stay up before its revision counts as healthy. */
  readonly healthWindowMs: number;
  /** Bound of one wait for health. */
  readonly deadlineMs: number;
  /** Longest pause between restarts; pauses double up to it. */
  readonly longestPauseMs: number;
  /** After this long up, earlier failures are forgotten. */
  readonly healthyResetMs: number;
  /** Longest silence of the engine: of an answer, or of a pull between two words about its progress. */
  readonly silenceMs: number;
  /** How often the containers are looked at when nothing tells of a change, and a lost engine is sought. */
  readonly pollMs: number;
}

export const defaultSettings: DriverSettings = {
  graceMs: 10_000,
  healthWindowMs: 10_000,
  deadlineMs: 300_000,
  longestPauseMs: 300_000,
  healthyResetMs: 60_000,
  silenceMs: 120_000,
  pollMs: 5_000,
};
