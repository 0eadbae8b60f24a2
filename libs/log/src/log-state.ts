// SPDX-License-Identifier: Apache-2.0
import { sha256, type Digest } from '@fairlead/base';
import { parseManifest, readVersion } from '@fairlead/trust/verify';
import { createCertificateBook, type DeviceCertificates } from './certificate-book.ts';
import type { LogRecord, MetadataTexts, RevisionRecord } from './record.ts';
import { greater, noVersions, versionsOf, type MetadataVersions } from './versions.ts';

/** What came of a commit that did not become a revision. */
export type CommitRecord = LogRecord & { readonly kind: 'refused' | 'skipped' };

const latelyKept = 20;

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
  /** Used token → the certificate (PEM) that was handed out for it. */
  readonly enrolments: ReadonlyMap<string, string>;
  /** The newest refused and skipped commits, oldest first: their notes may not have been written. */
  readonly lately: readonly CommitRecord[];
  /** Fingerprints of the authorities whose certificates stand in the log. */
  readonly authorities: ReadonlySet<Digest>;
  /** By device id: the certificates for its newest key. */
  readonly certificates: ReadonlyMap<string, DeviceCertificates>;
  /** Fingerprints of certificates that count no more: revoked, or for a key that another has replaced. */
  readonly revoked: ReadonlySet<Digest>;
  /** Keys of those, as the SHA-256 of their SubjectPublicKeyInfo (DER). */
  readonly revokedKeys: ReadonlySet<Digest>;
  /** By an operator's word every version signed from now on is above this one; 0: no such word. */
  readonly floor: number;
  /** The greatest versions that are recorded. */
  readonly versions: MetadataVersions;
  /** Digests of all snapshots that are recorded. */
  readonly snapshots: ReadonlySet<Digest>;
  /** How often the log was adopted. */
  readonly adoptions: number;
}

export interface LogFold {
  readonly state: LogState;
  apply(record: LogRecord): void;
}

/** Folds records into a state, one after another in the order of the log. */
export function createLogFold(): LogFold {
  const refused = new Set<string>();
  const enrolments = new Map<string, string>();
  const lately: CommitRecord[] = [];
  const authorities = new Set<Digest>();
  const snapshots = new Set<Digest>();
  const book = createCertificateBook();
  const state: { -readonly [Key in keyof LogState]: LogState[Key] } = {
    head: null,
    revision: null,
    counter: 0,
    refused,
    enrolments,
    lately,
    authorities,
    certificates: book.devices,
    revoked: book.revoked,
    revokedKeys: book.revokedKeys,
    floor: 0,
    versions: noVersions,
    snapshots,
    adoptions: 0,
  };
  const remember = (record: CommitRecord): void => {
    lately.push(record);
    if (lately.length > latelyKept) lately.shift();
  };
  /** Records that were adopted after others had taken their place: what came later stays as it is. */
  let late = 0;
  const isOlder = ({ timestamp }: { readonly timestamp: string }): boolean =>
    state.revision !== null && readVersion(timestamp) <= readVersion(state.revision.timestamp);
  const count = (files: MetadataTexts): void => {
    state.versions = greater(state.versions, versionsOf(files));
    snapshots.add(sha256(Buffer.from(files.snapshot, 'utf8')));
  };

  function apply(record: LogRecord, isLate: boolean): void {
    switch (record.kind) {
      case 'revision': {
        count(record);
        if (isLate && isOlder(record)) return;
        const manifest = parseManifest(Buffer.from(record.manifest, 'utf8'));
        if (manifest.ok) state.counter = manifest.value.counter;
        state.head = record.commit;
        state.revision = record;
        return;
      }
      case 'refreshed': {
        count(record);
        if (isLate && isOlder(record)) return;
        const { targets, snapshot, timestamp } = record;
        if (state.revision !== null) state.revision = { ...state.revision, targets, snapshot, timestamp };
        return;
      }
      case 'refused':
        refused.add(record.commit);
        remember(record);
        // A rewritten history is reported, never followed: the next head need not descend from it.
        if (record.code !== 'history-rewritten' && !isLate) state.head = record.commit;
        return;
      case 'skipped':
        remember(record);
        if (!isLate) state.head = record.commit;
        return;
      case 'authority':
        authorities.add(record.fingerprint);
        return;
      case 'enrolled':
        if (record.token !== undefined) enrolments.set(record.token, record.certificate);
        if (isLate && (book.devices.get(record.device)?.at ?? '') > record.at) return;
        book.apply(record);
        return;
      case 'renewed':
      case 'revoked':
        book.apply(record);
        return;
      case 'adopted':
        state.adoptions += 1;
        if (record.how.kind === 'above') state.floor = Math.max(state.floor, record.how.version);
        else if (record.how.again) late = record.how.records;
        return;
    }
  }

  return {
    state,
    apply(record) {
      const isLate = late > 0;
      apply(record, isLate);
      if (!isLate) return;
      late -= 1;
      // Some devices hold what was signed before the cut, others what was signed after it: only what is above both is new to all.
      const { targets, snapshot, timestamp } = state.versions;
      if (late === 0) state.floor = Math.max(state.floor, targets, snapshot, timestamp);
    },
  };
}
