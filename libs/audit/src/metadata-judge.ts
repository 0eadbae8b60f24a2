// SPDX-License-Identifier: Apache-2.0
import type { LogRecord } from '@fairlead/log';
import { verifyRecorded, type SignedRevision } from '@fairlead/trust/sign';
import type { RoleName } from '@fairlead/trust/verify';
import type { Findings, Place } from './finding.ts';

/** Judges the signed metadata of the records, one after another. */
export interface MetadataJudge {
  /** `manifest`: what the targets must name. `root`: the one in force. */
  judge(
    record: LogRecord & { readonly kind: 'revision' | 'refreshed' },
    context: { readonly manifest: string; readonly root: Uint8Array; readonly place: Place },
  ): void;
  /** What was recorded before the audit begins: believed, so that what follows has something to count from. */
  remember(record: LogRecord & { readonly kind: 'revision' | 'refreshed' }): void;
  /** A root took keys of these roles away: whoever held them may have raised their versions, which count no more. */
  forget(roles: ReadonlySet<RoleName>): void;
  /** Versions go on above this one. */
  raise(floor: number): void;
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
    else if (role !== 'targets' && version > Math.max(before.version, floor) + 1)
      findings.error(
        'record-missing',
        `${what} is recorded right after version ${String(before.version)}`,
        place,
      );
  }

  return {
    judge(record, { manifest, root, place }) {
      const signed = verifyRecorded(root, {
        manifest: Buffer.from(manifest, 'utf8'),
        targets: Buffer.from(record.targets, 'utf8'),
        snapshot: Buffer.from(record.snapshot, 'utf8'),
        timestamp: Buffer.from(record.timestamp, 'utf8'),
      });
      if (signed.ok)
        for (const role of roles) follows(role, signed.value[role], record.kind === 'refreshed', place);
      else findings.error(signed.error.code, signed.error.message, place);
    },
    remember(record) {
      for (const role of roles) last.set(role, { version: statedVersion(record[role]), text: record[role] });
    },
    forget(taken) {
      for (const role of roles) if (taken.has(role)) last.delete(role);
    },
    raise(version) {
      floor = Math.max(floor, version);
    },
  };
}

/** Of a text that was judged by an earlier audit. */
function statedVersion(text: string): number {
  const { signed } = JSON.parse(text) as { readonly signed: { readonly version: number } };
  return signed.version;
}
