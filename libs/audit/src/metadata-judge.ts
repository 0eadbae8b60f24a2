// SPDX-License-Identifier: Apache-2.0
import type { Result } from '@fairlead/base';
import type { LogRecord } from '@fairlead/log';
import { verifyRecorded, type SignedRevision } from '@fairlead/trust/sign';
import { readVersion, type RoleName, type TrustRefusal } from '@fairlead/trust/verify';
import type { Findings, Place } from './finding.ts';
import type { RootChain } from './root-chain.ts';

type SignedRecord = LogRecord & { readonly kind: 'revision' | 'refreshed' };

/** Judges the signed metadata of the records, one after another. */
export interface MetadataJudge {
  judge(record: SignedRecord, context: MetadataContext): void;
  /** What an earlier audit has judged: what follows counts from it. */
  remember(record: SignedRecord): void;
  /** A root took keys of these roles away: whoever held them may have raised their versions, which count no more. */
  forget(roles: ReadonlySet<RoleName>): void;
  /** Versions go on above this one. */
  raise(floor: number): void;
}

interface MetadataContext {
  /** What the targets must name. */
  readonly manifest: string;
  readonly roots: RootChain;
  readonly place: Place;
  /** The record was brought back after others had taken its place: versions and keys may be those of then. */
  readonly isLate: boolean;
}

type Role = 'targets' | 'snapshot' | 'timestamp';
const roles = ['targets', 'snapshot', 'timestamp'] as const satisfies readonly Role[];

interface Last {
  readonly version: number;
  readonly text: string;
}

export function createMetadataJudge(findings: Findings): MetadataJudge {
  const last = new Map<Role, Last>();
  let floor = 0;

  function follows(
    role: Role,
    { version, bytes }: SignedRevision[Role],
    isRefresh: boolean,
    place: Place,
  ): void {
    const before = last.get(role);
    const text = Buffer.from(bytes).toString('utf8');
    last.set(role, { version, text });
    if (before === undefined) return;
    // What is not due is not signed again.
    if (isRefresh && role !== 'timestamp' && text === before.text) return;
    const what = `${role} version ${String(version)}`;
    if (version <= before.version)
      findings.error('rollback', `${what} is recorded after version ${String(before.version)}`, place);
    // A release key may sign what is never recorded; the others sign nothing but records.
    else if (role !== 'targets' && version > Math.max(before.version, floor) + 1) {
      const message = `${what} is recorded right after version ${String(before.version)}`;
      findings.error('record-missing', message, place);
    }
  }

  return {
    judge(record, { manifest, roots, place, isLate }) {
      const signed = isLate
        ? verifiedByAny(roots, record, manifest)
        : verified(roots.newest().bytes, record, manifest);
      if (!signed.ok) findings.error(signed.error.code, signed.error.message, place);
      else if (!isLate)
        for (const role of roles) follows(role, signed.value[role], record.kind === 'refreshed', place);
    },
    remember(record) {
      for (const role of roles) {
        const text = record[role];
        const version = readVersion(text);
        // What was brought back late changes nothing that had come later.
        if (version >= (last.get(role)?.version ?? 0)) last.set(role, { version, text });
      }
    },
    forget(taken) {
      for (const role of roles) if (taken.has(role)) last.delete(role);
    },
    raise(version) {
      floor = Math.max(floor, version);
    },
  };
}

function verified(
  root: Uint8Array,
  { targets, snapshot, timestamp }: SignedRecord,
  manifest: string,
): Result<SignedRevision, TrustRefusal> {
  const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
  return verifyRecorded(root, {
    manifest: bytes(manifest),
    targets: bytes(targets),
    snapshot: bytes(snapshot),
    timestamp: bytes(timestamp),
  });
}

/** By the root in force, or else by one of before. */
function verifiedByAny(
  roots: RootChain,
  record: SignedRecord,
  manifest: string,
): Result<SignedRevision, TrustRefusal> {
  const newest = verified(roots.newest().bytes, record, manifest);
  if (newest.ok) return newest;
  for (const root of roots.allBytes()) {
    const older = verified(root, record, manifest);
    if (older.ok) return older;
  }
  return newest;
}
