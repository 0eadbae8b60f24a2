// SPDX-License-Identifier: Apache-2.0
import type { Code } from '@fairlead/base';
import { judgePolicy } from '@fairlead/git';
import type { LogRecord } from '@fairlead/log';
import { parseManifest, revisionId } from '@fairlead/trust/verify';
import type { RecordsToAudit } from './audit-records.ts';
import { createCertificateJudge } from './certificate-judge.ts';
import { createDeviceKeys, type DeviceKeys } from './device-keys.ts';
import type { Findings, Place } from './finding.ts';
import type { Decision, RecordedRevision } from './log-records.ts';
import { createMetadataJudge } from './metadata-judge.ts';
import { createPathJudge } from './path-judge.ts';

/** What the records come to. */
export interface JudgedRecords {
  /** In the order of the log. */
  readonly revisions: readonly RecordedRevision[];
  readonly decisions: readonly Decision[];
  readonly keys: DeviceKeys;
  /** The newest commit of the branch that was decided. */
  readonly head: string | null;
  /** A root took the targets keys away: counters may have fallen with it. */
  readonly mayFall: boolean;
}

/** Judges one record after another. */
export interface RecordJudge {
  /** With `isJudged`, an earlier audit has judged the record: it is believed. */
  take(record: LogRecord, place: Place, isJudged: boolean): Promise<void>;
  /** When all are read. */
  end(): void;
  result(): JudgedRecords;
}

/** Refusals that anyone can judge again; one that a server gave because it lacks OpenPGP is not among them. */
const policyRefusals: ReadonlySet<Code> = new Set<Code>([
  'commit-unsigned',
  'signature-wrong',
  'signer-not-valid',
  'signer-revoked',
  'signer-unknown',
  'signers-malformed',
]);

type DecisionRecord = LogRecord & { readonly kind: Decision['kind'] };

export function createRecordJudge(
  { source, branch, roots }: Pick<RecordsToAudit, 'source' | 'branch' | 'roots'>,
  findings: Findings,
): RecordJudge {
  const keys = createDeviceKeys();
  const metadata = createMetadataJudge(findings);
  const path = createPathJudge(source, findings);
  const certificates = createCertificateJudge(roots.fleet, keys, findings);
  const revisions: RecordedRevision[] = [];
  const decisions: Decision[] = [];
  let newest: RecordedRevision | undefined;
  let mayFall = false;
  /** So many records that come next were brought back after others had taken their place. */
  let late = 0;

  async function decide(
    record: DecisionRecord,
    at: Place,
    isJudged: boolean,
    isLate: boolean,
  ): Promise<void> {
    const { kind, commit } = record;
    const place = { ...at, commit };
    decisions.push({ kind, commit, at: record.at, place, isJudged, record });
    // A rewritten history is reported, never followed: the next commit need not descend from its head.
    const isAside = record.kind === 'refused' && record.code === 'history-rewritten';
    if (isJudged || isLate) path.remember(commit, record.kind === 'skipped' || isLate || isAside);
    else if (record.kind === 'skipped') path.skipped(commit, place);
    else if (!isAside) await path.decided(commit, place);
    if (record.kind === 'revision') await revision(record, place, isJudged, isLate);
    if (record.kind === 'refused' && !isJudged && !isLate && policyRefusals.has(record.code))
      await judgePolicyRefusal(commit, place);
  }

  /** Whoever wrote the records could keep a commit from the devices by a policy that it does meet. */
  async function judgePolicyRefusal(commit: string, place: Place): Promise<void> {
    const verdict = await judgePolicy(source.objects, commit, newest?.commit ?? null);
    if (verdict.ok && (verdict.value.kind === 'good' || verdict.value.kind === 'free'))
      findings.error('refusal-unfounded', `${commit} was refused by a policy that it meets`, place);
  }

  async function revision(
    record: LogRecord & { readonly kind: 'revision' },
    place: Place,
    isJudged: boolean,
    isLate: boolean,
  ): Promise<void> {
    const { commit, manifest: text, at } = record;
    const replaced = await roots.advance(commit, place);
    metadata.forget(replaced);
    mayFall ||= replaced.has('targets');
    if (isJudged) metadata.remember(record);
    else metadata.judge(record, { manifest: text, roots, place, isLate });
    const bytes = Buffer.from(text, 'utf8');
    const manifest = parseManifest(bytes);
    if (!manifest.ok) {
      findings.error('record-invalid', `the manifest of ${commit}: ${manifest.error.join('; ')}`, place);
      return;
    }
    const { counter } = manifest.value;
    const isOurs =
      manifest.value.commit === commit &&
      manifest.value.branch === branch &&
      manifest.value.fleet === roots.fleet;
    if (!isOurs)
      findings.error(
        'record-invalid',
        `the manifest of ${commit} is of another commit, branch or fleet`,
        place,
      );
    if (!isJudged && !isLate && newest !== undefined && counter <= newest.counter) {
      const message = `counter ${String(counter)} is recorded after ${String(newest.counter)}`;
      findings.error('counter-not-rising', message, place);
    }
    const signer = await policySigner(commit, place, isJudged || isLate);
    const recorded = { id: revisionId(bytes), commit, counter, manifest: text, at, place, signer, isJudged };
    revisions.push(recorded);
    if (!isLate || newest === undefined || newest.counter < counter) newest = recorded;
  }

  /** Who signed the commit, by the policy of the revision before; null where there is none. */
  async function policySigner(commit: string, place: Place, isBelieved: boolean): Promise<string | null> {
    const verdict = await judgePolicy(source.objects, commit, newest?.commit ?? null);
    if (!verdict.ok) {
      // A commit that is not there is told where it is compiled.
      if (!isBelieved && verdict.error.code !== 'object-corrupt')
        findings.error(verdict.error.code, verdict.error.message, place);
      return null;
    }
    switch (verdict.value.kind) {
      case 'good':
        return verdict.value.signer;
      case 'free':
        return null;
      case 'bad':
      case 'malformed':
        if (!isBelieved) findings.error(verdict.value.code, verdict.value.message, place);
        return null;
    }
  }

  return {
    async take(record, place, isJudged) {
      const isLate = late > 0;
      if (isLate) late -= 1;
      switch (record.kind) {
        case 'revision':
        case 'refused':
        case 'skipped':
          await decide(record, place, isJudged, isLate);
          return;
        case 'refreshed':
          if (isJudged) metadata.remember(record);
          else if (newest === undefined)
            findings.error('record-invalid', 'metadata is signed again before there is a revision', place);
          // What was brought back late may have signed another revision again, which stands there late too.
          else
            metadata.judge(record, {
              manifest: isLate ? (revisions.at(-1) ?? newest).manifest : newest.manifest,
              roots,
              place,
              isLate,
            });
          return;
        case 'adopted': {
          const { by, how } = record;
          if (how.kind === 'clone') {
            late = how.again ? how.records : 0;
            return;
          }
          metadata.raise(how.version);
          const message = `records are missing: ${by} let the log go on above version ${String(how.version)}`;
          if (!isJudged) findings.warning('log-cut', message, place);
          return;
        }
        case 'authority':
        case 'enrolled':
        case 'renewed':
        case 'revoked':
          certificates.take(record, { root: roots.newest().root, place, isJudged, isLate });
          return;
      }
    },
    end() {
      certificates.end();
      path.end();
    },
    result: () => ({ revisions, decisions, keys, head: path.head(), mayFall }),
  };
}
