// SPDX-License-Identifier: Apache-2.0
import type { Code, Digest } from '@fairlead/base';
import type { Commit } from '@fairlead/git';
import type { LogRecord } from '@fairlead/log';
import type { Receipt } from '@fairlead/trust/verify';
import type { AuditSource } from './audit-source.ts';
import type { PlacedReceipt } from './device-chain.ts';
import type { DeviceKeys } from './device-keys.ts';
import type { Decision, RecordedRevision } from './log-records.ts';

/** Who made a commit of the fleet repository. */
export interface Authorship {
  /** `name <email>`; null: the commit cannot be read. */
  readonly author: string | null;
  readonly committer: string | null;
  /** By the policy that was in force; null: there was none. */
  readonly signer: string | null;
}

/** What became of one commit. */
export interface CommitHistory extends Authorship {
  readonly commit: string;
  /** RFC 3339 UTC: when it was recorded. */
  readonly at: string;
  readonly outcome: 'revision' | 'refused' | 'skipped';
  /** Of a revision. */
  readonly revision: Digest | null;
  readonly counter: number | null;
  /** Why it was refused. */
  readonly code: Code | null;
  readonly reason: string | null;
  /** The commit that was deployed in its place. */
  readonly skippedFor: string | null;
}

/** One transaction of a device, by its receipt. */
export interface DeviceRun extends Pick<
  Receipt,
  'instance' | 'seq' | 'revision' | 'counter' | 'target' | 'previousTarget' | 'result'
> {
  /** RFC 3339 UTC: when the receipt was written. */
  readonly at: string;
  /** By the device's clock. */
  readonly deviceTime: string;
  /** Of the revision; null: the log does not hold it. */
  readonly commit: string | null;
  readonly author: string | null;
  readonly committer: string | null;
  readonly signer: string | null;
  /** Reason; null where the revision was applied. */
  readonly code: Code | null;
  /** Units that did not come to what the revision wants. */
  readonly failed: readonly { readonly unit: string; readonly result: string; readonly code: Code | null }[];
  readonly remarks: readonly string[];
}

export interface DeviceHistory {
  readonly id: string;
  readonly name: string | null;
  readonly group: string | null;
  /** Keys that were let in, the oldest first. */
  readonly keys: readonly {
    readonly key: Digest;
    readonly at: string;
    readonly approvedBy: string;
    readonly withdrawn: { readonly at: string; readonly why: string } | null;
  }[];
  /** What ran when. */
  readonly runs: readonly DeviceRun[];
}

/** Reads who made commits, each once. */
export function createAuthorship({ objects }: AuditSource, revisions: readonly RecordedRevision[]) {
  const signers = new Map(revisions.map(({ commit, signer }) => [commit, signer]));
  const known = new Map<string, Authorship>();
  return async (commit: string): Promise<Authorship> => {
    const kept = known.get(commit);
    if (kept !== undefined) return kept;
    const read = await objects.commit(commit);
    const who = (person: Commit['author']): string => `${person.name} <${person.email}>`;
    const made: Authorship = {
      author: read.ok ? who(read.value.author) : null,
      committer: read.ok ? who(read.value.committer) : null,
      signer: signers.get(commit) ?? null,
    };
    known.set(commit, made);
    return made;
  };
}

type AuthorshipOf = ReturnType<typeof createAuthorship>;

export async function commitHistory(
  decisions: readonly Decision[],
  revisions: readonly RecordedRevision[],
  authorship: AuthorshipOf,
): Promise<readonly CommitHistory[]> {
  const byPlace = new Map(revisions.map((revision) => [revision.place, revision]));
  const history: CommitHistory[] = [];
  for (const { kind, commit, at, place, record, isJudged } of decisions) {
    if (isJudged) continue;
    const revision = byPlace.get(place);
    const refused = record.kind === 'refused' ? record : undefined;
    history.push({
      commit,
      at,
      outcome: kind,
      ...(await authorship(commit)),
      revision: revision?.id ?? null,
      counter: revision?.counter ?? null,
      code: refused?.code ?? null,
      reason: refused === undefined ? null : reasonOf(refused),
      skippedFor: record.kind === 'skipped' ? record.by : null,
    });
  }
  return history;
}

function reasonOf({ diagnostics }: LogRecord & { readonly kind: 'refused' }): string | null {
  const [first] = diagnostics;
  if (first === undefined) return null;
  return first.file === undefined ? first.message : `${first.file}: ${first.message}`;
}

export async function deviceHistory(
  input: {
    readonly receipts: ReadonlyMap<string, readonly PlacedReceipt[]>;
    readonly revisions: readonly RecordedRevision[];
    readonly names: ReadonlyMap<string, { readonly name: string | null; readonly group: string }>;
    readonly keys: DeviceKeys;
  },
  authorship: AuthorshipOf,
): Promise<readonly DeviceHistory[]> {
  const commitOf = new Map(input.revisions.map(({ id, commit }) => [id, commit]));
  const nobody: Authorship = { author: null, committer: null, signer: null };
  const ids = [...new Set([...input.receipts.keys(), ...input.keys.devices()])].sort();
  const histories: DeviceHistory[] = [];
  for (const id of ids) {
    const runs: DeviceRun[] = [];
    for (const { receipt, written } of input.receipts.get(id) ?? []) {
      const { instance, seq, revision, counter, target, previousTarget, result, code, units, remarks } =
        receipt;
      const commit = commitOf.get(revision) ?? null;
      runs.push({
        at: new Date(written).toISOString(),
        deviceTime: new Date(receipt.deviceTime).toISOString(),
        revision,
        counter,
        commit,
        ...(commit === null ? nobody : await authorship(commit)),
        result,
        code,
        target,
        previousTarget,
        instance,
        seq,
        failed: units.filter((unit) => unit.code !== null),
        remarks,
      });
    }
    const keys = input.keys.of(id).map((key) => ({
      key: key.id,
      at: key.enrolledAt,
      approvedBy: key.approvedBy,
      withdrawn: key.withdrawn,
    }));
    const { name = null, group = null } = input.names.get(id) ?? {};
    histories.push({ id, name, group, keys, runs });
  }
  return histories;
}
