// SPDX-License-Identifier: Apache-2.0
import { receiptsFile } from '@fairlead/log';
import type { AuditSource } from './audit-source.ts';
import type { Checkpoint } from './checkpoint.ts';
import { createDeviceBook, type DeviceBook } from './device-book.ts';
import type { DeviceKeys } from './device-keys.ts';
import type { Findings, Place } from './finding.ts';
import { readLogFiles } from './log-files.ts';
import { openBranch, type ReceiptBranch } from './receipt-branch.ts';
import { judgeReceipt } from './receipt-judge.ts';
import { bySegment, judgeSegmentStart } from './segment-judge.ts';
import { createStandings } from './standings.ts';

export interface ReceiptsAudit {
  readonly commits: number;
  readonly receipts: number;
  /** Reference → head. */
  readonly heads: ReadonlyMap<string, string>;
  readonly devices: DeviceBook;
}

export interface ReceiptsToAudit {
  /** Where receipts may be kept; each is looked through. */
  readonly logs: readonly AuditSource[];
  /** Of the references, with '/' at the end. */
  readonly prefix: string;
  readonly keys: DeviceKeys;
  /** Keys that may sign the log, by version of the root, the oldest first. */
  readonly signers: readonly (readonly Uint8Array[])[];
  /** Whether a root took the targets keys away, so that counters may have fallen. */
  readonly mayFall: boolean;
  readonly since: Checkpoint | null;
  readonly signal: AbortSignal;
}

/** Judges every batch of receipts, and hands each receipt to the chain of its device. */
export async function auditReceipts(input: ReceiptsToAudit, findings: Findings): Promise<ReceiptsAudit> {
  const { keys, since, signal } = input;
  const devices = createDeviceBook(since, input.mayFall);
  const branches = await openBranches(input, findings);
  const standings = createStandings(branches);
  /** Commit → the reference in which it was met first. */
  const seen = new Map<string, string>();
  let receipts = 0;

  for (const { log, ref, batches, start } of branches) {
    const standing = standings.begin(ref, start);
    for (const batch of batches) {
      signal.throwIfAborted();
      const place: Place = { ref, logCommit: batch.oid };
      const other = seen.get(batch.oid);
      if (other !== undefined) {
        findings.error('receipt-doubled', `the batch stands in ${other} too`, place);
        continue;
      }
      seen.set(batch.oid, ref);
      const files = await readLogFiles(log, batch, batch.files, place, findings);
      for (const [index, line] of (files.get(receiptsFile) ?? '').split('\n').entries()) {
        if (line === '') continue;
        receipts += 1;
        const at = { written: batch.written, place: { ...place, file: receiptsFile, line: index + 1 } };
        const judged = judgeReceipt(line, at, keys, findings);
        if (judged === undefined) continue;
        const { device, instance, seq } = judged.receipt;
        const reached = standing.reached(device, instance);
        if (devices.add(judged, findings) && seq < reached)
          findings.error('receipt-misplaced', `it stands behind receipt ${String(reached)}`, judged.place);
        standing.reach(device, instance, seq);
      }
      standing.endOf(batch.oid);
    }
  }
  devices.end(findings);
  for (const { start } of branches) {
    if (start === undefined) continue;
    const ended = await standings.endsOf(start, since);
    judgeSegmentStart(start, { holds: devices.holds, standingAt: (ref) => ended.get(ref) }, findings);
  }
  const heads = new Map(branches.map(({ ref, head }) => [ref, head]));
  return { commits: seen.size, receipts, heads, devices };
}

/** Every reference of receipts, in the order of the segments. */
async function openBranches(
  { logs, prefix, signers, since }: ReceiptsToAudit,
  findings: Findings,
): Promise<readonly ReceiptBranch[]> {
  const branches: ReceiptBranch[] = [];
  for (const log of logs) {
    const refs = await log.listRefs(prefix);
    if (!refs.ok) {
      findings.error(refs.error.code, refs.error.message, { ref: prefix });
      continue;
    }
    for (const [ref, head] of refs.value) {
      const until = since?.receipts[ref] ?? null;
      branches.push(await openBranch({ log, prefix, ref, head, until, signers }, findings));
    }
  }
  for (const ref of Object.keys(since?.receipts ?? {})) {
    if (branches.some((branch) => branch.ref === ref)) continue;
    findings.error('log-cut', `${ref} is gone, which held receipts at the earlier audit`, { ref });
  }
  const order = bySegment(prefix);
  return branches.sort((a, b) => order(a.ref, b.ref));
}
