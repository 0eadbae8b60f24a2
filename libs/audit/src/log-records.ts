// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import type { LogRecord } from '@fairlead/log';
import type { Place } from './finding.ts';

/** A revision of the log, as it was recorded. */
export interface RecordedRevision {
  readonly id: Digest;
  readonly commit: string;
  readonly counter: number;
  /** Canonical text, as signed. */
  readonly manifest: string;
  readonly at: string;
  readonly place: Place;
  /** Who signed the commit, by the policy that was in force; null: there was none. */
  readonly signer: string | null;
  /** An earlier audit has judged it. */
  readonly isJudged: boolean;
}

/** What became of a commit of the watched branch. */
export interface Decision {
  readonly kind: 'revision' | 'refused' | 'skipped';
  readonly commit: string;
  readonly at: string;
  readonly place: Place;
  readonly isJudged: boolean;
  readonly record: LogRecord & { readonly kind: 'revision' | 'refused' | 'skipped' };
}
