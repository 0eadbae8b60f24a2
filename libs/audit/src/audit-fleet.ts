// SPDX-License-Identifier: Apache-2.0
import { codeInfo, err, ok, type Digest, type Result } from '@fairlead/base';
import { type RepositoryProblem } from '@fairlead/git';
import { refNames } from '@fairlead/log';
import { auditReceipts } from './audit-receipts.ts';
import { auditRecords, snapshotKeys } from './audit-records.ts';
import type { AuditSource } from './audit-source.ts';
import { sealCheckpoint, type Checkpoint } from './checkpoint.ts';
import type { PlacedReceipt } from './device-chain.ts';
import { createFindings, type Finding, type Findings } from './finding.ts';
import {
  commitHistory,
  createAuthorship,
  deviceHistory,
  type CommitHistory,
  type DeviceHistory,
} from './fleet-history.ts';
import { findFirstRoot, type FirstRoot } from './first-root.ts';
import { recompile } from './recompile.ts';
import { createRootChain } from './root-chain.ts';

export interface AuditOptions {
  /** The fleet repository. */
  readonly repository: AuditSource;
  /** Another repository that holds receipts, or the whole log. */
  readonly log?: AuditSource | undefined;
  readonly branch: string;
  /** What the auditor trusts from the start. */
  readonly root: FirstRoot;
  /** How far an earlier audit came. */
  readonly since?: Checkpoint | undefined;
  readonly signal: AbortSignal;
}

export interface AuditReport {
  /** No finding but warnings. */
  readonly ok: boolean;
  readonly fleet: Digest | null;
  readonly branch: string;
  /** How much was judged; with a checkpoint, how much that is new. */
  readonly checked: Readonly<
    Record<'logCommits' | 'records' | 'roots' | 'revisions' | 'compiled' | 'receipts' | 'devices', number>
  >;
  readonly findings: readonly Finding[];
  /** Findings beyond the most that are kept. */
  readonly droppedFindings: number;
  readonly commits: readonly CommitHistory[];
  readonly devices: readonly DeviceHistory[];
  /** Null where something was found: what is wrong must not be believed next time. */
  readonly checkpoint: Checkpoint | null;
}

/** Judges the whole log of a branch from nothing but Git and the first root. A problem: there is nothing to judge. */
export async function auditFleet(options: AuditOptions): Promise<Result<AuditReport, RepositoryProblem>> {
  const { repository, log, branch, since, signal } = options;
  const refs = refNames(branch);
  const findings = createFindings();
  const found = await findRecords([log ?? repository, repository], refs.records, since);
  if (!found.ok) return found;
  const first = await findFirstRoot(options.root, found.value, { repository, branch, signal });
  if (!first.ok) return first;
  const roots = createRootChain(first.value, repository, findings);
  if (roots === undefined) return err(problem('root-invalid', 'the first root is no root of version 1'));
  if (since !== undefined && (since.fleet !== roots.fleet || since.branch !== branch))
    return err(problem('misuse', 'the checkpoint is of another fleet or branch'));

  const records = await auditRecords(
    {
      source: repository,
      log: found.value.log,
      ref: refs.records,
      head: found.value.head,
      branch,
      since: since?.records ?? null,
      roots,
      signal,
    },
    findings,
  );
  await judgeHeldCommit(repository, refs.recorded, records.head, findings);
  const receipts = await auditReceipts(
    {
      logs: new Map([['', repository], ...(log === undefined ? [] : [['log ', log] as const])]),
      prefix: refs.receipts,
      keys: records.keys,
      signers: snapshotKeys(roots),
      mayFall: records.mayFall,
      since: since ?? null,
      signal,
    },
    findings,
  );
  const byDevice = receipts.devices.receipts();
  const recompiled = await recompile(
    {
      source: repository,
      branch,
      revisions: records.revisions,
      decisions: records.decisions,
      receipts: byRevision(byDevice),
      signal,
    },
    findings,
  );

  const authorship = createAuthorship(repository, records.revisions);
  const isOk = findings.list.every(({ severity }) => severity !== 'error');
  const { revisions, decisions, keys } = records;
  return ok({
    ok: isOk,
    fleet: roots.fleet,
    branch,
    checked: {
      logCommits: records.commits + receipts.commits,
      records: records.records,
      roots: roots.all().length,
      revisions: revisions.filter(({ isJudged }) => !isJudged).length,
      compiled: recompiled.compiled,
      receipts: receipts.receipts,
      devices: new Set([...byDevice.keys(), ...keys.devices()]).size,
    },
    findings: findings.list,
    droppedFindings: findings.dropped(),
    commits: await commitHistory(decisions, revisions, authorship),
    devices: await deviceHistory(
      { receipts: byDevice, revisions, names: recompiled.devices, keys },
      authorship,
    ),
    checkpoint: isOk
      ? sealCheckpoint({
          format: 1,
          fleet: roots.fleet,
          branch,
          records: found.value.head,
          receipts: Object.fromEntries(receipts.heads),
          devices: receipts.devices.ends(),
        })
      : null,
  });
}

export interface FoundRecords {
  readonly log: AuditSource;
  readonly head: string;
}

/** The records lie in the log's own repository, or in that of the fleet. */
async function findRecords(
  logs: readonly AuditSource[],
  ref: string,
  since: Checkpoint | undefined,
): Promise<Result<FoundRecords, RepositoryProblem>> {
  for (const log of logs) {
    const head = await log.readRef(ref);
    if (!head.ok) return head;
    if (head.value !== null) return ok({ log, head: head.value });
  }
  return since === undefined
    ? err(problem('log-missing', `there is no ${ref}`))
    : err(problem('log-cut', `there is no ${ref}, which ended with ${since.records} at the earlier audit`));
}

/** Servers hold the newest recorded commit by a reference. It is not signed, but whoever cut the log may have left it. */
async function judgeHeldCommit(
  { readRef, ancestry }: AuditSource,
  ref: string,
  head: string | null,
  findings: Findings,
): Promise<void> {
  const held = await readRef(ref);
  if (!held.ok || held.value === null || held.value === head) return;
  const isNewer = head === null ? ok(true) : await ancestry.isDescendant(head, held.value);
  if (isNewer.ok && isNewer.value)
    findings.error('log-cut', `${ref} holds ${held.value}, of which the log has no record`, {
      ref,
      commit: held.value,
    });
}

function byRevision(
  devices: ReadonlyMap<string, readonly PlacedReceipt[]>,
): ReadonlyMap<Digest, readonly PlacedReceipt[]> {
  const named = new Map<Digest, PlacedReceipt[]>();
  for (const receipts of devices.values())
    for (const placed of receipts) {
      const { revision } = placed.receipt;
      const all = named.get(revision) ?? [];
      all.push(placed);
      named.set(revision, all);
    }
  return named;
}

function problem(code: RepositoryProblem['code'], message: string): RepositoryProblem {
  return { code, message, hint: codeInfo(code).hint };
}
