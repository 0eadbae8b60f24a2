// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { emptyBook, type Book } from './book.ts';
import { createExclusive } from './exclusive.ts';
import type { JournalFile } from './journal-file.ts';
import { JOURNAL_FORMAT, type JournalRecord } from './journal-record.ts';
import { enter, replay } from './keep-book.ts';
import { parseRecord } from './stored-record.ts';

/** The engine's memory: what a record changes in the book is known only once the record is on disk. */
export interface Journal {
  book(): Book;
  /** Rejects, and leaves the book as it was, when the record cannot be made durable. Records are written in the order of calls. */
  write(record: JournalRecord): Promise<void>;
  /** See `JournalFile.reserve`. */
  reserve(bytes: number): Promise<void>;
  /** Replaces all records by one that says the same. */
  compact(): Promise<void>;
  close(): Promise<void>;
}

/** Lines above which a journal is compacted when it is opened. */
const mostLines = 256;

/** Reads the journal back, or begins a new one. Throws `storage-failed` when it is damaged, `unsupported` when a later agent wrote it. */
export async function openJournal(file: JournalFile): Promise<Journal> {
  const lines = await file.read();
  let book = replay(lines.map(recordOf));
  const inTurn = createExclusive();
  if (lines.length === 0) await file.append(headOf(emptyBook));
  else if (lines.length > mostLines) await file.replace([headOf(book)]);
  return {
    book: () => book,
    write: (record) =>
      inTurn(async () => {
        // First: a record that does not fit must not reach the disk, where it would stop every later start.
        const after = enter(book, record);
        await file.append(JSON.stringify(record));
        book = after;
      }),
    reserve: (bytes) => inTurn(() => file.reserve(bytes)),
    compact: () => inTurn(() => file.replace([headOf(book)])),
    close: () => inTurn(() => file.close()),
  };
}

function headOf(book: Book): string {
  return JSON.stringify({ kind: 'head', format: JOURNAL_FORMAT, book } satisfies JournalRecord);
}

function recordOf(line: string, index: number): JournalRecord {
  const parsed = parseRecord(line);
  if (parsed.ok) return parsed.value;
  const where = `line ${String(index + 1)} of the journal`;
  throw new FairleadError({
    code: 'unsupported',
    message: `${where} is not known to this agent: ${parsed.error.join('; ')}`,
  });
}
