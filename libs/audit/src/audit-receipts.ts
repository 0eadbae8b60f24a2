// SPDX-License-Identifier: Apache-2.0
import { receiptsFile } from '@fairlead/log';
import type { AuditSource } from './audit-source.ts';
import type { Checkpoint } from './checkpoint.ts';
import { createDeviceBook, type DeviceBook } from './device-book.ts';
import type { DeviceKeys } from './device-keys.ts';
import type { Findings, Place } from './finding.ts';
import { readBatches } from './log-line.ts';
import { createSignatureJudge, type SignerSets } from './log-signature.ts';
import { openBranch, type ReceiptBranch } from './receipt-branch.ts';
import { judgeReceipt } from './receipt-judge.ts';
import { bySegment, judgeSegmentStart } from './segment-judge.ts';
import { createStandings, type Standings } from './standings.ts';

export interface ReceiptsAudit {
  readonly commits: number;
  readonly receipts: number;
  /** By the key of the reference: its head. */
  readonly heads: ReadonlyMap<string, string>;
  readonly devices: DeviceBook;
}

export interface ReceiptsToAudit {
  /** Where receipts may be kept, by a name of ours; each is looked through. */
  readonly logs: ReadonlyMap<string, AuditSource>;
  /** Of the references, with '/' at the end. */
  readonly prefix: string;
  readonly keys: DeviceKeys;
  readonly signers: SignerSets;
  /** Whether a root took the targets keys away, so that counters may have fallen. */
  readonly mayFall: boolean;
  readonly since: Checkpoint | null;
  readonly signal: AbortSignal;
}

/** Judges every batch of receipts, and hands each receipt to the chain of its device. */
export async function auditReceipts(input: ReceiptsToAudit, findings: Findings): Promise<ReceiptsAudit> {
  const devices = createDeviceBook(input.since, input.mayFall);
  const branches = await openBranches(input, findings);
  const standings = createStandings(branches);
  const judge = createBranchJudge(input, { devices, standings }, findings);
  for (const branch of branches) await judge.judge(branch);
  devices.end(findings);
  for (const { start } of branches) {
    if (start === undefined) continue;
    const ended = await standings.endsOf(start, input.since);
    judgeSegmentStart(start, { holds: devices.holds, standingAt: (ref) => ended.get(ref) }, findings);
  }
  const heads = new Map(branches.map(({ key, head }) => [key, head]));
  return { ...judge.counts(), heads, devices };
}

function createBranchJudge(
  { keys, signers, signal }: ReceiptsToAudit,
  { devices, standings }: { readonly devices: DeviceBook; readonly standings: Standings },
  findings: Findings,
) {
  /** Commit → where it was met first. */
  const seen = new Map<string, Pick<ReceiptBranch, 'log' | 'ref'>>();
  let receipts = 0;
  return {
    counts: () => ({ commits: seen.size, receipts }),
    async judge({ log, ref, oids, isAgain, start }: ReceiptBranch): Promise<void> {
      const standing = standings.begin(ref, start);
      const isOurs = createSignatureJudge(signers);
      // The clock of a writer may fall back; its commits keep their order.
      let written = 0;
      const files = [receiptsFile];
      for await (const batch of readBatches(log, ref, { oids, files }, findings, signal)) {
        const { oid, committed } = batch.commit;
        const place: Place = { ref, logCommit: oid };
        const other = seen.get(oid);
        if (other !== undefined) {
          // A reference may stand in two repositories: where receipts moved, and from where.
          if (other.log === log)
            findings.error('receipt-doubled', `the batch stands in ${other.ref} too`, place);
          continue;
        }
        seen.set(oid, { log, ref });
        if (!isOurs(batch.commit))
          findings.error('log-forged', 'the commit is not signed by a snapshot key of the fleet', place);
        const content = batch.files.get(receiptsFile);
        if (content === undefined)
          findings.error('record-invalid', `the commit holds no ${receiptsFile}`, place);
        written = Math.max(written, committed * 1000);
        for (const [index, line] of (content ?? '').split('\n').entries()) {
          if (line === '') continue;
          receipts += 1;
          const at = { ...place, file: receiptsFile, line: index + 1 };
          const judged = judgeReceipt(line, { written, place: at }, keys, findings);
          if (judged === undefined) continue;
          const { device, instance, seq } = judged.receipt;
          const reached = standing.reached(device, instance);
          if (devices.add(judged, isAgain, findings) && seq < reached)
            findings.error('receipt-misplaced', `it stands behind receipt ${String(reached)}`, judged.place);
          standing.reach(device, instance, seq);
        }
        standing.endOf(oid);
      }
    },
  };
}

/** Every reference of receipts, in the order of the segments. */
async function openBranches(
  { logs, prefix, since, signal }: ReceiptsToAudit,
  findings: Findings,
): Promise<readonly ReceiptBranch[]> {
  const branches: ReceiptBranch[] = [];
  for (const [name, log] of logs) {
    const refs = await log.listRefs(prefix);
    if (!refs.ok) {
      findings.error(refs.error.code, refs.error.message, { ref: prefix });
      continue;
    }
    for (const [ref, head] of refs.value) {
      const key = `${name}${ref}`;
      const until = since?.receipts[key] ?? null;
      branches.push(await openBranch({ log, prefix, key, ref, head, until, signal }, findings));
    }
  }
  for (const key of Object.keys(since?.receipts ?? {})) {
    if (branches.some((branch) => branch.key === key)) continue;
    findings.error('log-cut', `${key} is gone, which held receipts at the earlier audit`, { ref: key });
  }
  const order = bySegment(prefix);
  return branches.sort((a, b) => order(a.ref, b.ref));
}
