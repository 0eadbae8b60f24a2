// SPDX-License-Identifier: Apache-2.0
import { codeInfo, err, ok, type Result } from '@fairlead/base';
import type { Repository, RepositoryProblem } from '@fairlead/git';
import { readReceipt, type Receipt } from '@fairlead/trust/verify';
import { readBatches } from './read-batches.ts';
import { parseReceiptLines, receiptsFile } from './receipt-lines.ts';
import { parseRecords, type LogRecord } from './record.ts';
import { recordsFile } from './record-log.ts';
import { refNames } from './ref-names.ts';

/** One line of the log for a reader: a record of the server, or a receipt of a device, with when it was written. */
export type LogEntry =
  | { readonly kind: 'record'; readonly at: string; readonly record: LogRecord }
  | { readonly kind: 'receipt'; readonly at: string; readonly receipt: Receipt };

export interface ReadLogOptions {
  /** Another repository that holds a part of the log. What stands in both is told once. */
  readonly apart?: Repository | undefined;
}

/**
 * Everything in the log of a branch, by time of writing. Shows what stands there; who signed it is for a verifier to judge.
 */
export async function readFleetLog(
  repository: Repository,
  branch: string,
  { apart }: ReadLogOptions = {},
): Promise<Result<readonly LogEntry[], RepositoryProblem>> {
  const entries: LogEntry[] = [];
  const seen = new Set<string>();
  for (const place of apart === undefined ? [repository] : [repository, apart]) {
    for (const read of [readRecords, readReceipts]) {
      const part = await read(place, branch, seen);
      if (!part.ok) return part;
      entries.push(...part.value);
    }
  }
  return ok(entries.sort((a, b) => Date.parse(a.at) - Date.parse(b.at)));
}

async function readRecords(
  repository: Repository,
  branch: string,
  seen: Set<string>,
): Promise<Result<readonly LogEntry[], RepositoryProblem>> {
  const entries: LogEntry[] = [];
  const batches = await readBatches(repository, refNames(branch).records, recordsFile);
  if (!batches.ok) return batches;
  for (const { oid, content } of batches.value) {
    if (seen.has(oid)) continue;
    seen.add(oid);
    const parsed = parseRecords(content);
    if (!parsed.ok) return err(unreadable(oid, parsed.error.join('; ')));
    entries.push(...parsed.value.map((record) => ({ kind: 'record' as const, at: record.at, record })));
  }
  return ok(entries);
}

async function readReceipts(
  repository: Repository,
  branch: string,
  seen: Set<string>,
): Promise<Result<readonly LogEntry[], RepositoryProblem>> {
  const entries: LogEntry[] = [];
  const segments = await repository.listRefs(refNames(branch).receipts);
  if (!segments.ok) return segments;
  for (const ref of segments.value.keys()) {
    const batches = await readBatches(repository, ref, receiptsFile);
    if (!batches.ok) return batches;
    for (const { oid, at, content } of batches.value) {
      if (seen.has(oid)) continue;
      seen.add(oid);
      const envelopes = parseReceiptLines(content);
      if (!envelopes.ok) return err(unreadable(oid, envelopes.error));
      for (const envelope of envelopes.value) {
        const receipt = readReceipt(envelope);
        if (!receipt.ok) return err(unreadable(oid, receipt.error.join('; ')));
        entries.push({ kind: 'receipt', at, receipt: receipt.value });
      }
    }
  }
  return ok(entries);
}

function unreadable(oid: string, why: string): RepositoryProblem {
  return {
    code: 'log-forged',
    message: `commit ${oid} cannot be read: ${why}`,
    hint: codeInfo('log-forged').hint,
  };
}
