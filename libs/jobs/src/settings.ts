// SPDX-License-Identifier: Apache-2.0

/** What the driver does where a unit says nothing. Times in milliseconds. */
export interface JobSettings {
  /** From SIGTERM to SIGKILL, for units that name no grace. */
  readonly graceMs: number;
  /** How long a started unit must stay up before its revision counts as healthy. */
  readonly healthWindowMs: number;
  /** Bound of one wait for readiness or health. */
  readonly deadlineMs: number;
  /** Longest pause between restarts; pauses double up to it. */
  readonly longestPauseMs: number;
  /** After this long up, earlier failures are forgotten. */
  readonly healthyResetMs: number;
  /** Bytes of one log file. */
  readonly logBytes: number;
  /** Log files kept for each stream, the current one included. */
  readonly logFiles: number;
  /** Bytes that one image may hold unpacked. */
  readonly unpackBytes: number;
  /** Free bytes that unpacking leaves. */
  readonly reserveBytes: number;
  /** How often a run is looked at when nothing tells of a change. */
  readonly pollMs: number;
  /** How often it is noted how far the logs have come. */
  readonly logMarkMs: number;
}

export const defaultSettings: JobSettings = {
  graceMs: 10_000,
  healthWindowMs: 10_000,
  deadlineMs: 300_000,
  longestPauseMs: 300_000,
  healthyResetMs: 60_000,
  logBytes: 10 * 2 ** 20,
  logFiles: 3,
  unpackBytes: 4 * 2 ** 30,
  reserveBytes: 64 * 2 ** 20,
  pollMs: 10_000,
  logMarkMs: 5_000,
};
