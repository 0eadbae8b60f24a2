// SPDX-License-Identifier: Apache-2.0
import { checkpointFile, segmentFile } from '@fairlead/log';
import type { AuditSource } from './audit-source.ts';
import type { Findings } from './finding.ts';
import { lineOf, readBatches } from './log-line.ts';
import { readSegmentStart, type SegmentStart } from './segment-judge.ts';

/** One reference of receipts: what one server wrote in one segment. */
export interface ReceiptBranch {
  readonly log: AuditSource;
  /** Names the reference among those of all repositories. */
  readonly key: string;
  readonly ref: string;
  readonly head: string;
  /** Commits that an earlier audit has not judged, the oldest first. */
  readonly oids: readonly string[];
  /** An earlier audit had read it, but where that ended is gone: it is read anew. */
  readonly isAgain: boolean;
  /** What its first commit says; undefined where that was judged before, or is wrong. */
  readonly start: SegmentStart | undefined;
}

export interface BranchToOpen {
  readonly log: AuditSource;
  readonly prefix: string;
  readonly key: string;
  readonly ref: string;
  readonly head: string;
  /** Head at an earlier audit; null: there was none. */
  readonly until: string | null;
  readonly signal: AbortSignal;
}

/** Walks a reference, and reads what its first commit says of the segment before. */
export async function openBranch(
  { log, prefix, key, ref, head, until, signal }: BranchToOpen,
  findings: Findings,
): Promise<ReceiptBranch> {
  const { oids, isFromStart } = await lineOf(log, { ref, head, until }, findings, signal);
  const isAgain = until !== null && isFromStart;
  const branch = { log, key, ref, head, oids, isAgain, start: undefined };
  if (!isFromStart) return branch;
  const first = { oids: oids.slice(0, 1), files: [segmentFile, checkpointFile] };
  for await (const { commit, files } of readBatches(log, ref, first, findings, signal)) {
    const place = { ref, logCommit: commit.oid };
    return { ...branch, start: readSegmentStart(prefix, ref, files, place, findings) };
  }
  return branch;
}
