// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import { parseManifest } from '@fairlead/trust/verify';
import type { LogRecord, RevisionRecord } from './record.ts';

/** What the records come to: everything that a server must not forget. */
export interface LogState {
  /** The newest commit that was recorded, refused and skipped ones included, rewritten ones not. */
  readonly head: string | null;
  /** The newest revision with its newest metadata. */
  readonly revision: RevisionRecord | null;
  /** Counter of that revision; 0 where there is none. */
  readonly counter: number;
  /** Commits that were refused. */
  readonly refused: ReadonlySet<string>;
  readonly usedTokens: ReadonlySet<string>;
  /** Fingerprints of certificates that count no more. */
  readonly revoked: ReadonlySet<Digest>;
}

export interface LogFold {
  readonly state: LogState;
  apply(record: LogRecord): void;
}

/** Folds records into a state, one after another in the order of the log. */
export function createLogFold(): LogFold {
  const refused = new Set<string>();
  const usedTokens = new Set<string>();
  const revoked = new Set<Digest>();
  const state: { -readonly [Key in keyof LogState]: LogState[Key] } = {
    head: null,
    revision: null,
    counter: 0,
    refused,
    usedTokens,
    revoked,
  };
  return {
    state,
    apply(record) {
      switch (record.kind) {
        case 'revision': {
          const manifest = parseManifest(Buffer.from(record.manifest, 'utf8'));
          if (manifest.ok) state.counter = manifest.value.counter;
          state.head = record.commit;
          state.revision = record;
          return;
        }
        case 'refreshed': {
          const { targets, snapshot, timestamp } = record;
          if (state.revision !== null) state.revision = { ...state.revision, targets, snapshot, timestamp };
          return;
        }
        case 'refused':
          refused.add(record.commit);
          // A rewritten history is reported, never followed: the next head need not descend from it.
          if (record.code !== 'history-rewritten') state.head = record.commit;
          return;
        case 'skipped':
          state.head = record.commit;
          return;
        case 'enrolled':
          usedTokens.add(record.token);
          return;
        case 'revoked':
          revoked.add(record.fingerprint);
          return;
      }
    },
  };
}
