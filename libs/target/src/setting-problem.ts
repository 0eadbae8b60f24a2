// SPDX-License-Identifier: Apache-2.0
import type { LanguageCode } from '@fairlead/base';

/** What is wrong with a part of a value. It knows no file: who has read one finds the place by the path. */
export interface SettingProblem {
  /** Keys and indices that lead to it from the value that was parsed; a missing one stands for itself. */
  readonly path: readonly (string | number)[];
  readonly code: LanguageCode;
  readonly message: string;
  /** Absent: the code's own hint. */
  readonly hint?: string;
  /** The key itself is wrong, not what it holds. */
  readonly key?: true;
  /** Names among which the nearest may be meant. */
  readonly suggest?: { readonly written: string; readonly among: readonly string[] };
}

/** Takes what is wrong. */
export type ReportProblem = (problem: SettingProblem) => void;
