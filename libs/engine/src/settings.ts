// SPDX-License-Identifier: Apache-2.0

import type { DriftMode } from './domain.ts';

export interface EngineSettings {
  /** Milliseconds between looks for drift. Default 5 s. */
  readonly healEveryMs: number;
  /** Free bytes that staging leaves. Default 64 MiB. */
  readonly reserveBytes: number;
  /** First ceiling of the pause before something is tried again, in milliseconds; it doubles. Default 1 s. */
  readonly retryBaseMs: number;
  /** Longest such pause, in milliseconds. Default 5 min. */
  readonly retryCapMs: number;
  /** How long a request on the device to apply early holds, in milliseconds. Default 1 h. */
  readonly earlyMs: number;
  /** What is done about drift. Default heal. */
  readonly drift: DriftMode;
}

export const defaultSettings: EngineSettings = {
  healEveryMs: 5_000,
  reserveBytes: 64 * 2 ** 20,
  retryBaseMs: 1_000,
  retryCapMs: 300_000,
  earlyMs: 3_600_000,
  drift: 'heal',
};
