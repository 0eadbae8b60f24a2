// SPDX-License-Identifier: Apache-2.0
import { codeInfo, err, ok, type Result } from '@fairlead/base';
import type { RepositoryProblem } from '@fairlead/git';
import type { Chain } from './chain.ts';
import { createLogFold, type LogState } from './log-state.ts';
import { parseRecords, recordLine, type LogRecord } from './record.ts';
import { createSharedWrites } from './shared-writes.ts';
import { createTurns } from './turns.ts';

/** Name of the one file in each commit. */
export const recordsFile = 'records.jsonl';

/** The records of a fleet, in the order in which they took effect. */
export interface RecordLog {
  /** Reads from Git what is not known yet: at first everything. On an error what is known stays as it was. */
  sync(): Promise<Result<void, RepositoryProblem>>;
  state(): LogState;
  /**
   * Resolves when the records stand in the log, all of them or none. Records that wait together share a commit. `ref-contended`:
   * somebody else wrote; their records are read by then, and what was decided before may no longer hold.
   */
  append(records: readonly LogRecord[], signal: AbortSignal): Promise<Result<void, RepositoryProblem>>;
}

export function createRecordLog(chain: Chain): RecordLog {
  const fold = createLogFold();
  let head: string | null = null;

  async function sync(): Promise<Result<void, RepositoryProblem>> {
    const commits = await chain.read(head);
    if (!commits.ok) return commits;
    const news: LogRecord[] = [];
    for (const commit of commits.value) {
      const records = await recordsOf(chain, commit);
      if (!records.ok) return records;
      news.push(...records.value);
    }
    for (const record of news) fold.apply(record);
    head = commits.value.at(-1)?.oid ?? head;
    return ok();
  }

  // Reading and writing take turns, or a record might count twice.
  const turns = createTurns();
  const write = createSharedWrites<LogRecord>(turns, async (records, signal) => {
    const files = new Map([[recordsFile, records.map(recordLine).join('')]]);
    const appended = await chain.append({ parent: head, files, message: messageOf(records) }, signal);
    if (appended.ok) {
      head = appended.value;
      for (const record of records) fold.apply(record);
      return ok();
    }
    if (appended.error.kind === 'lost') {
      const read = await sync();
      if (!read.ok) return read;
    }
    return err(appended.error.problem);
  });

  return { sync: () => turns(sync), state: () => fold.state, append: write };
}

async function recordsOf(
  chain: Chain,
  commit: Parameters<Chain['file']>[0],
): Promise<Result<readonly LogRecord[], RepositoryProblem>> {
  const content = await chain.file(commit, recordsFile);
  if (!content.ok) return content;
  const records = parseRecords(content.value ?? '');
  if (records.ok) return records;
  const message = `${recordsFile} of ${commit.oid} cannot be read: ${records.error.join('; ')}`;
  return err({ code: 'log-forged', message, hint: codeInfo('log-forged').hint });
}

function messageOf(records: readonly LogRecord[]): string {
  const lines = records.slice(0, 20).map((record) => {
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
    }
  });
  if (records.length > lines.length) lines.push(`and ${String(records.length - lines.length)} more`);
  return lines.length === 1
    ? `${lines[0] ?? ''}\n`
    : `${String(records.length)} records\n\n${lines.join('\n')}\n`;
}
