// SPDX-License-Identifier: Apache-2.0
import { sshVerify, judgePolicy, type Commit } from '@fairlead/git';
import { parseRecords, recordsFile, type LogRecord } from '@fairlead/log';
import { parseManifest, revisionId } from '@fairlead/trust/verify';
import type { AuditSource } from './audit-source.ts';
import { createCertificateJudge } from './certificate-judge.ts';
import type { CommitFiles } from './commit-files.ts';
import { createDeviceKeys, type DeviceKeys } from './device-keys.ts';
import type { Findings, Place } from './finding.ts';
import type { Decision, RecordedRevision } from './log-records.ts';
import { createMetadataJudge } from './metadata-judge.ts';
import { createPathJudge } from './path-judge.ts';
import { readLogFiles } from './log-files.ts';
import type { RootChain } from './root-chain.ts';
import { walkChain } from './walk-chain.ts';

export interface RecordsAudit {
  readonly commits: number;
  readonly records: number;
  /** In the order of the log. */
  readonly revisions: readonly RecordedRevision[];
  readonly decisions: readonly Decision[];
  readonly keys: DeviceKeys;
  /** The newest commit of the branch that was decided. */
  readonly head: string | null;
  /** A root took the targets keys away: counters may have fallen with it. */
  readonly mayFall: boolean;
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
  readonly files: CommitFiles;
  readonly signal: AbortSignal;
}

/** Judges the records from the first to the last, each by what stood in the log before it. */
export async function auditRecords(input: RecordsToAudit, findings: Findings): Promise<RecordsAudit> {
  const { source, log, ref, branch, roots, files } = input;
  const keys = createDeviceKeys();
  const metadata = createMetadataJudge(findings);
  const path = createPathJudge(source, files, findings);
  const certificates = createCertificateJudge(roots.fleet, keys, findings);
  const revisions: RecordedRevision[] = [];
  const decisions: Decision[] = [];
  let count = 0;
  let mayFall = false;

  const { commits } = await walkChain(log, { ref, head: input.head, until: null }, findings);
  const since = input.since === null ? -1 : commits.findIndex(({ oid }) => oid === input.since);
  if (input.since !== null && since < 0)
    findings.error('log-cut', `${ref} no longer holds ${input.since}, its head at the earlier audit`, {
      ref,
    });

  async function revision(
    record: LogRecord & { readonly kind: 'revision' },
    place: Place,
    isJudged: boolean,
  ): Promise<void> {
    const { commit, manifest: text, at } = record;
    const bytes = Buffer.from(text, 'utf8');
    const manifest = parseManifest(bytes);
    const replaced = await roots.advance(commit, place);
    metadata.forget(replaced);
    mayFall ||= replaced.has('targets');
    if (isJudged) metadata.remember(record);
    else metadata.judge(record, { manifest: text, root: roots.newest().bytes, place });
    if (!manifest.ok) {
      findings.error('record-invalid', `the manifest of ${commit}: ${manifest.error.join('; ')}`, place);
      return;
    }
    const { counter, fleet } = manifest.value;
    const last = revisions.at(-1);
    let signer: string | null = null;
    if (!isJudged) {
      if (manifest.value.commit !== commit || manifest.value.branch !== branch || fleet !== roots.fleet)
        findings.error(
          'record-invalid',
          `the manifest of ${commit} is of another commit, branch or fleet`,
          place,
        );
      if (last !== undefined && counter <= last.counter)
        findings.error(
          'counter-not-rising',
          `counter ${String(counter)} is recorded after ${String(last.counter)}`,
          place,
        );
      const verdict = await judgePolicy(source.objects, commit, last?.commit ?? null);
      if (!verdict.ok) findings.error(verdict.error.code, verdict.error.message, place);
      else if (verdict.value.kind === 'good') signer = verdict.value.signer;
      else if (verdict.value.kind !== 'free')
        findings.error(verdict.value.code, verdict.value.message, place);
    }
    revisions.push({ id: revisionId(bytes), commit, counter, manifest: text, at, place, signer, isJudged });
  }

  async function take(record: LogRecord, place: Place, isJudged: boolean): Promise<void> {
    switch (record.kind) {
      case 'revision':
      case 'refused':
      case 'skipped': {
        const about = { ...place, commit: record.commit };
        decisions.push({
          kind: record.kind,
          commit: record.commit,
          at: record.at,
          place: about,
          isJudged,
          record,
        });
        // A rewritten history is reported, never followed: the next commit need not descend from its head.
        if (record.kind === 'refused' && record.code === 'history-rewritten') return;
        if (isJudged) path.remember(record.commit, record.kind === 'skipped');
        else if (record.kind === 'skipped') path.skipped(record.commit, about);
        else await path.decided(record.commit, about);
        if (record.kind === 'revision') await revision(record, about, isJudged);
        return;
      }
      case 'refreshed': {
        const last = revisions.at(-1);
        if (isJudged) metadata.remember(record);
        else if (last === undefined)
          findings.error('record-invalid', 'metadata is signed again before there is a revision', place);
        else metadata.judge(record, { manifest: last.manifest, root: roots.newest().bytes, place });
        return;
      }
      case 'adopted': {
        const { by, how } = record;
        if (how.kind === 'clone') return;
        metadata.raise(how.version);
        const message = `records are missing: ${by} let the log go on above version ${String(how.version)}`;
        if (!isJudged) findings.warning('log-cut', message, place);
        return;
      }
      case 'authority':
      case 'enrolled':
      case 'renewed':
      case 'revoked':
        certificates.take(record, { root: roots.newest().root, place, isJudged });
        return;
    }
  }

  for (const [index, commit] of commits.entries()) {
    input.signal.throwIfAborted();
    const isJudged = index <= since;
    const at: Place = { ref, logCommit: commit.oid };
    const before = snapshotKeys(roots);
    const records = await recordsOf(log, commit, at, findings);
    for (const [line, record] of records.entries())
      await take(record, { ...at, file: recordsFile, line: line + 1 }, isJudged);
    count += records.length;
    // A commit that brings a new root is signed by the keys of that root.
    if (!isJudged && !isSignedByOneOf(commit, [...before, ...snapshotKeys(roots)]))
      findings.error('log-forged', 'the commit is not signed by the snapshot key of the root in force', at);
  }
  certificates.end();
  path.end();
  return { commits: commits.length, records: count, revisions, decisions, keys, head: path.head(), mayFall };
}

async function recordsOf(
  log: AuditSource,
  commit: Commit,
  place: Place,
  findings: Findings,
): Promise<readonly LogRecord[]> {
  const content = (await readLogFiles(log, commit, [recordsFile], place, findings)).get(recordsFile);
  if (content === undefined) return [];
  const records = parseRecords(content);
  if (!records.ok) {
    findings.error('record-invalid', records.error.join('; '), { ...place, file: recordsFile });
    return [];
  }
  if (records.value.length === 0)
    findings.error('record-invalid', 'the commit holds no record', { ...place, file: recordsFile });
  return records.value;
}

function snapshotKeys(roots: RootChain): readonly Uint8Array[] {
  return roots.newest().root.roles.snapshot.keys.map(({ publicKey }) => publicKey);
}

function isSignedByOneOf({ payload, signature }: Commit, keys: readonly Uint8Array[]): boolean {
  const signer = signature === null ? undefined : sshVerify(payload, signature);
  return signer !== undefined && keys.some((key) => Buffer.compare(key, signer) === 0);
}
