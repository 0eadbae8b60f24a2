// SPDX-License-Identifier: Apache-2.0
import { parseRecords, recordsFile, type LogRecord } from '@fairlead/log';
import type { AuditSource } from './audit-source.ts';
import type { Findings, Place } from './finding.ts';
import { lineOf, readBatches } from './log-line.ts';
import { signerOf, type SignerSets } from './log-signature.ts';
import { createRecordJudge, type JudgedRecords } from './record-judge.ts';
import type { RootChain } from './root-chain.ts';

export interface RecordsAudit extends JudgedRecords {
  readonly commits: number;
  readonly records: number;
}

export interface RecordsToAudit {
  /** Holds the fleet repository's own commits. */
  readonly source: AuditSource;
  /** Holds the records. */
  readonly log: AuditSource;
  readonly ref: string;
  readonly head: string;
  readonly branch: string;
  /** Head of the records at an earlier audit: what stands before is believed. */
  readonly since: string | null;
  readonly roots: RootChain;
  readonly signal: AbortSignal;
}

/** Judges the records from the first to the last, each by what stood in the log before it. */
export async function auditRecords(input: RecordsToAudit, findings: Findings): Promise<RecordsAudit> {
  const { log, ref, head, roots, signal } = input;
  const judge = createRecordJudge(input, findings);
  const { oids } = await lineOf(log, { ref, head, until: null }, findings, signal);
  const since = input.since === null ? -1 : oids.indexOf(input.since);
  if (input.since !== null && since < 0) {
    const message = `${ref} no longer holds ${input.since}, its head at the earlier audit`;
    findings.error('log-cut', message, { ref });
  }
  const judged = new Set(oids.slice(0, since + 1));
  const signatures: Signed[] = [];
  let records = 0;
  // A record says what must be believed of those after it, so those of before are read too.
  for await (const { commit, files } of readBatches(
    log,
    ref,
    { oids, files: [recordsFile] },
    findings,
    signal,
  )) {
    const isJudged = judged.has(commit.oid);
    const place: Place = { ref, logCommit: commit.oid, file: recordsFile };
    const batch = recordsIn(files.get(recordsFile), place, findings);
    for (const [index, record] of batch.entries())
      await judge.take(record, { ...place, line: index + 1 }, isJudged);
    if (isJudged) continue;
    records += batch.length;
    signatures.push({ oid: commit.oid, signer: signerOf(commit), root: roots.newest().root.version });
  }
  judge.end();
  judgeSigners(ref, signatures, snapshotKeys(roots), findings);
  return { ...judge.result(), commits: signatures.length, records };
}

function recordsIn(content: string | undefined, place: Place, findings: Findings): readonly LogRecord[] {
  const records = parseRecords(content ?? '');
  if (records.ok && records.value.length > 0) return records.value;
  findings.error(
    'record-invalid',
    records.ok ? 'the commit holds no record' : records.error.join('; '),
    place,
  );
  return [];
}

interface Signed {
  readonly oid: string;
  readonly signer: Uint8Array | undefined;
  /** Version of the root that was in force once the commit stood. */
  readonly root: number;
}

/** A commit is signed by a key of the root in force, which is the one that it brings, or of a later one. */
function judgeSigners(ref: string, commits: readonly Signed[], sets: SignerSets, findings: Findings): void {
  for (const { oid, signer, root } of commits) {
    const allowed = sets.slice(root - 1).flat();
    if (signer !== undefined && allowed.some((key) => Buffer.compare(key, signer) === 0)) continue;
    const message = `the commit is not signed by the snapshot key of root version ${String(root)}, which was in force`;
    findings.error('log-forged', message, { ref, logCommit: oid });
  }
}

/** By version of the root, the oldest first. */
export function snapshotKeys(roots: RootChain): SignerSets {
  return roots.all().map(({ roles }) => roles.snapshot.keys.map(({ publicKey }) => publicKey));
}
