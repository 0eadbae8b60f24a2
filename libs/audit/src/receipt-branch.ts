// SPDX-License-Identifier: Apache-2.0
import { sshVerify, type Commit } from '@fairlead/git';
import { checkpointFile, receiptsFile, segmentFile } from '@fairlead/log';
import type { AuditSource } from './audit-source.ts';
import { createFindings, type Findings } from './finding.ts';
import { readLogFiles } from './log-files.ts';
import { readSegmentStart, type SegmentStart } from './segment-judge.ts';
import { walkChain } from './walk-chain.ts';

/** One reference of receipts: what one server wrote in one segment. */
export interface ReceiptBranch {
  readonly log: AuditSource;
  readonly ref: string;
  readonly head: string;
  /** What an earlier audit has not judged, the oldest first. */
  readonly batches: readonly Batch[];
  /** What its first commit says; undefined where that was judged before, or is wrong. */
  readonly start: SegmentStart | undefined;
}

export interface Batch {
  readonly oid: string;
  readonly tree: string;
  /** Milliseconds since 1970; never before that of the batch before it. */
  readonly written: number;
  /** Names of the files that it may hold, first the one that it must. */
  readonly files: readonly string[];
}

export interface BranchToOpen {
  readonly log: AuditSource;
  readonly prefix: string;
  readonly ref: string;
  readonly head: string;
  /** Head at an earlier audit; null: there was none. */
  readonly until: string | null;
  /** Keys that may sign, by version of the root, the oldest first. */
  readonly signers: readonly (readonly Uint8Array[])[];
}

/** Walks a reference, judges who signed its commits, and reads what its first one says of the segment before. */
export async function openBranch(
  { log, prefix, ref, head, until, signers }: BranchToOpen,
  findings: Findings,
): Promise<ReceiptBranch> {
  const walk = await walkChain(log, { ref, head, until }, findings);
  if (until !== null && !walk.isWhole)
    findings.error('log-cut', `${ref} no longer holds ${until}, its head at the earlier audit`, { ref });
  const isFromStart = until === null || !walk.isWhole;
  const batches: Batch[] = [];
  let era = 0;
  let written = 0;
  for (const commit of walk.commits) {
    const signedIn = eraOf(commit, signers, era);
    if (signedIn === undefined) {
      const message = 'the commit is not signed by a snapshot key of the fleet';
      findings.error('log-forged', message, { ref, logCommit: commit.oid });
    }
    era = signedIn ?? era;
    // The clock of a writer may fall back; its commits keep their order.
    written = Math.max(written, commit.committed * 1000);
    const isFirst = isFromStart && batches.length === 0;
    const files = isFirst ? [receiptsFile, segmentFile, checkpointFile] : [receiptsFile];
    batches.push({ oid: commit.oid, tree: commit.tree, written, files });
  }
  const [first] = batches;
  const start =
    isFromStart && first !== undefined ? await startOf(log, prefix, ref, first, findings) : undefined;
  return { log, ref, head, batches, start };
}

async function startOf(
  log: AuditSource,
  prefix: string,
  ref: string,
  first: Batch,
  findings: Findings,
): Promise<SegmentStart | undefined> {
  const place = { ref, logCommit: first.oid };
  // What is wrong with the files is told when the batch is judged.
  const files = await readLogFiles(log, first, first.files, place, createFindings());
  return readSegmentStart(prefix, ref, files, place, findings);
}

/**
 * The version of the root, from 0, whose snapshot key signed the commit. Once a commit bears a key of a newer root, what that root no
 * longer lists signs nothing after it.
 */
function eraOf(
  { payload, signature }: Commit,
  signers: readonly (readonly Uint8Array[])[],
  since: number,
): number | undefined {
  const signer = signature === null ? undefined : sshVerify(payload, signature);
  if (signer === undefined) return undefined;
  const found = signers.findIndex(
    (keys, index) => index >= since && keys.some((key) => Buffer.compare(key, signer) === 0),
  );
  return found < 0 ? undefined : found;
}
