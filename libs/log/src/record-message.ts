// SPDX-License-Identifier: Apache-2.0
import type { LogRecord } from './record.ts';

/** Records that a message names one by one. */
const named = 20;

/** The message of a commit of records: what `git log` shows of it. */
export function recordMessage(records: readonly LogRecord[]): string {
  const lines = records.slice(0, named).map(lineOf);
  if (records.length > lines.length) lines.push(`and ${String(records.length - lines.length)} more`);
  return lines.length === 1
    ? `${lines[0] ?? ''}\n`
    : `${String(records.length)} records\n\n${lines.join('\n')}\n`;
}

function lineOf(record: LogRecord): string {
  switch (record.kind) {
    case 'revision':
      return `revision of ${record.commit}`;
    case 'refreshed':
      return 'metadata signed again';
    case 'refused':
      return `refused ${record.commit}: ${record.code}`;
    case 'skipped':
      return `skipped ${record.commit} for ${record.by}`;
    case 'authority':
      return `authority ${record.fingerprint}`;
    case 'enrolled':
      return `enrolled ${record.device} by ${record.approvedBy}`;
    case 'renewed':
      return `renewed the certificate of ${record.device}`;
    case 'revoked':
      return `revoked ${record.fingerprint} of ${record.device}`;
    case 'adopted':
      return record.how.kind === 'above'
        ? `adopted by ${record.by}: goes on above version ${String(record.how.version)}`
        : `adopted by ${record.by}: ${String(record.how.records)} records of ${record.how.head}`;
  }
}
