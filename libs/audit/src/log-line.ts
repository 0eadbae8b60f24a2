// SPDX-License-Identifier: Apache-2.0
import type { Commit } from '@fairlead/git';
import type { AuditSource } from './audit-source.ts';
import type { Findings } from './finding.ts';

/** Largest file of one batch, in bytes; servers write none that is larger. */
const maxBytes = 64 * 2 ** 20;

export interface LineEnds {
  /** Full name of the reference. */
  readonly ref: string;
  readonly head: string;
  /** Where an earlier audit ended; null: there was none. */
  readonly until: string | null;
}

export interface LogLine {
  /** Names of the commits after `until`, the oldest first, as far back as they can be read. */
  readonly oids: readonly string[];
  /** Whether the line begins with the first commit of all. */
  readonly isFromStart: boolean;
}

/** The commits of a reference that are to be judged. Where `until` is gone, that is a finding, and all are. */
export async function lineOf(
  log: AuditSource,
  { ref, head, until }: LineEnds,
  findings: Findings,
  signal: AbortSignal,
): Promise<LogLine> {
  const line = await log.firstParents({ head, until }, { signal });
  if (!line.ok) return readableEnd(log, { ref, head, until }, findings);
  if (line.value !== undefined) return { oids: line.value, isFromStart: until === null };
  findings.error('log-cut', `${ref} no longer holds ${String(until)}, its head at the earlier audit`, {
    ref,
  });
  return lineOf(log, { ref, head, until: null }, findings, signal);
}

/** Where a commit cannot be read, nothing before it can be judged. */
async function readableEnd(
  { objects }: AuditSource,
  { ref, head, until }: LineEnds,
  findings: Findings,
): Promise<LogLine> {
  const oids: string[] = [];
  for (let oid: string | undefined = head; oid !== undefined && oid !== until;) {
    const commit = await objects.commit(oid);
    if (!commit.ok) {
      findings.error(commit.error.code, commit.error.message, { ref, logCommit: oid });
      break;
    }
    oids.push(oid);
    [oid] = commit.value.parents;
  }
  return { oids: oids.reverse(), isFromStart: false };
}

export interface LoggedBatch {
  readonly commit: Commit;
  /** Those that were asked for, as far as the commit holds them. */
  readonly files: ReadonlyMap<string, string>;
}

/** Reads the commits with their files, one after another. One that cannot be read is a finding; the next ones are read nevertheless. */
export async function* readBatches(
  log: AuditSource,
  ref: string,
  { oids, files: names }: { readonly oids: readonly string[]; readonly files: readonly string[] },
  findings: Findings,
  signal: AbortSignal,
): AsyncGenerator<LoggedBatch> {
  for (let at = 0; at < oids.length; at += 1) {
    for await (const read of log.commits(oids.slice(at), { files: names, maxBytes, signal })) {
      const oid = oids[at] ?? '';
      if (!read.ok) {
        findings.error(read.error.code, read.error.message, { ref, logCommit: oid });
        break;
      }
      at += 1;
      const { commit, files } = read.value;
      if (commit.parents.length > 1)
        findings.error('log-forged', `a commit of the log has ${String(commit.parents.length)} parents`, {
          ref,
          logCommit: oid,
        });
      yield {
        commit,
        files: new Map([...files].map(([name, bytes]) => [name, Buffer.from(bytes).toString('utf8')])),
      };
    }
  }
}
