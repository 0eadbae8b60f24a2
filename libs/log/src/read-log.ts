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

/**
 * Everything in the log of a branch, by time of writing. Shows what stands there; who signed it is for a verifier to judge.
 */
export async function readFleetLog(
  repository: Repository,
  branch: string,
): Promise<Result<readonly LogEntry[], RepositoryProblem>> {
  const refs = refNames(branch);
  const entries: LogEntry[] = [];
  const records = await readBatches(repository, refs.records, recordsFile);
  if (!records.ok) return records;
  for (const { oid, content } of records.value) {
    const parsed = parseRecords(content);
    if (!parsed.ok) return err(unreadable(oid, parsed.error.join('; ')));
    entries.push(...parsed.value.map((record) => ({ kind: 'record' as const, at: record.at, record })));
  }
  const segments = await repository.listRefs(refs.receipts);
  if (!segments.ok) return segments;
  for (const ref of segments.value.keys()) {
    const batches = await readBatches(repository, ref, receiptsFile);
    if (!batches.ok) return batches;
    for (const { oid, at, content } of batches.value) {
      const envelopes = parseReceiptLines(content);
      if (!envelopes.ok) return err(unreadable(oid, envelopes.error));
      for (const envelope of envelopes.value) {
        const receipt = readReceipt(envelope);
        if (!receipt.ok) return err(unreadable(oid, receipt.error.join('; ')));
        entries.push({ kind: 'receipt', at, receipt: receipt.value });
      }
    }
  }
  return ok(entries.sort((a, b) => Date.parse(a.at) - Date.parse(b.at)));
}

function unreadable(oid: string, why: string): RepositoryProblem {
  return {
    code: 'log-forged',
    message: `commit ${oid} cannot be read: ${why}`,
    hint: codeInfo('log-forged').hint,
  };
}
