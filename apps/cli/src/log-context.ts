// SPDX-License-Identifier: Apache-2.0
import type { Commit, Repository } from '@fairlead/git';
import type { LogEntry, LogRecord } from '@fairlead/log';
import { revisionId } from '@fairlead/trust/verify';

/** Who made a commit, and what for; as people wrote it, on one line. */
interface CommitWords {
  readonly author: string;
  readonly subject: string;
}

/** What entries of a log mean beside each other. */
export interface LogContext {
  /** Of a commit; undefined where the repository does not hold it. */
  commit(oid: string): CommitWords | undefined;
  /** Digest of a manifest → its commit. */
  readonly commits: ReadonlyMap<string, string>;
  /** Of a revision or refreshed record: the roles that were signed with other keys than before. */
  rotated(record: LogRecord): readonly Role[];
}

const roles = ['targets', 'snapshot', 'timestamp'] as const;
type Role = (typeof roles)[number];

const mostGone = 20;

/** Reads the commits that the entries name. */
export async function readLogContext(
  repository: Repository,
  entries: readonly LogEntry[],
): Promise<LogContext> {
  const records = entries.flatMap((entry) => (entry.kind === 'record' ? [entry.record] : []));
  const named = new Set(records.flatMap((record) => ('commit' in record ? [record.commit] : [])));
  const words = new Map<string, CommitWords>();
  const open = [...named];
  const options = { files: [], maxBytes: 0, signal: new AbortController().signal };
  // One that is gone ends the reading, so it begins anew behind it; where many are, this is no clone of the fleet.
  for (let gone = 0; open.length > 0 && gone < mostGone; gone += 1) {
    let count = 0;
    for await (const read of repository.commits(open, options)) {
      count += 1;
      if (read.ok) words.set(read.value.commit.oid, wordsOf(read.value.commit));
    }
    open.splice(0, count);
  }
  return {
    commit: (oid) => words.get(oid),
    commits: new Map(
      records.flatMap((record) =>
        record.kind === 'revision'
          ? [[revisionId(Buffer.from(record.manifest)), record.commit] as const]
          : [],
      ),
    ),
    rotated: rotations(records),
  };
}

function rotations(records: readonly LogRecord[]): (record: LogRecord) => readonly Role[] {
  const found = new Map<LogRecord, readonly Role[]>();
  const before = new Map<Role, string>();
  for (const record of records) {
    if (record.kind !== 'revision' && record.kind !== 'refreshed') continue;
    const changed = roles.filter((role) => {
      const [last, now] = [before.get(role), keysOf(record[role])];
      before.set(role, now);
      return last !== undefined && last !== now;
    });
    found.set(record, changed);
  }
  return (record) => found.get(record) ?? [];
}

/** The ids of the keys that signed a file, as one text. */
function keysOf(metadata: string): string {
  try {
    const { signatures } = JSON.parse(metadata) as { readonly signatures?: readonly { keyid?: unknown }[] };
    return (signatures ?? [])
      .map(({ keyid }) => String(keyid))
      .sort()
      .join(' ');
  } catch {
    return '';
  }
}

function wordsOf({ author, message }: Commit): CommitWords {
  const [subject = ''] = message.split('\n');
  return { author: oneLine(author.name), subject: oneLine(subject).slice(0, 200) };
}

/** People and devices may write what moves a terminal's cursor. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}
