// SPDX-License-Identifier: Apache-2.0
import { FairleadError, type Digest } from '@fairlead/base';
import { emptyBook, type Book } from './book.ts';
import { createExclusive } from './exclusive.ts';
import type { JournalFile } from './journal-file.ts';
import { JOURNAL_FORMAT, type JournalRecord } from './journal-record.ts';
import { enter, replay } from './keep-book.ts';
import { salvage, withoutLost } from './recover-book.ts';
import { formatOf, parseRecord } from './stored-record.ts';

/** The engine's memory: what a record changes in the book is known only once the record is on disk. */
export interface Journal {
  book(): Book;
  /** What was lost when it was opened, for people; null: nothing. */
  readonly loss: string | null;
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

/**
 * Reads the journal back, or begins a new one. A device far away must come back by itself: of a damaged journal, or one that speaks
 * of target states that are gone, what is still certain is taken, and the rest is asked for anew. Throws `unsupported` when an agent
 * of a later format wrote it.
 */
export async function openJournal(
  file: JournalFile,
  hasTarget: (target: Digest) => Promise<boolean>,
): Promise<Journal> {
  const { lines, isDamaged } = await file.read();
  const read = readBook(lines, isDamaged);
  const recovered = await recover(read.book, hasTarget);
  const loss = read.isWhole
    ? recovered === null
      ? null
      : 'target states are gone'
    : 'the journal is damaged';
  let book = recovered ?? read.book;
  const inTurn = createExclusive();
  if (loss !== null) await file.keepDamaged();
  if (lines.length === 0 && loss === null) await file.append(headOf(emptyBook));
  else if (lines.length > mostLines || loss !== null) await file.replace([headOf(book)]);
  return {
    book: () => book,
    loss,
    write: (record) =>
      inTurn(async () => {
        // First: a record that does not fit must not reach the disk, where it would be damage.
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

function readBook(
  lines: readonly string[],
  isDamaged: boolean,
): { readonly book: Book; readonly isWhole: boolean } {
  const format = lines[0] === undefined ? JOURNAL_FORMAT : (formatOf(lines[0]) ?? JOURNAL_FORMAT);
  if (format > JOURNAL_FORMAT)
    throw new FairleadError({
      code: 'unsupported',
      message: `the journal has format ${String(format)}; this agent knows ${String(JOURNAL_FORMAT)}`,
    });
  const parsed = lines.map(parseRecord);
  const records = parsed.flatMap((record) => (record.ok ? [record.value] : []));
  if (!isDamaged && records.length === lines.length) {
    try {
      return { book: replay(records), isWhole: true };
    } catch {
      // Records that contradict each other: one between them is missing.
    }
  }
  return { book: salvage(records), isWhole: false };
}

/** Null: all that the book hangs on is there. */
async function recover(book: Book, hasTarget: (target: Digest) => Promise<boolean>): Promise<Book | null> {
  const { committed, previous, desired, transaction } = book;
  const named = [
    committed?.target,
    previous,
    desired?.target,
    ...(transaction.kind === 'none' ? [] : [transaction.desired.target]),
  ];
  const lost = new Set<Digest>();
  for (const target of new Set(named)) {
    if (target !== undefined && target !== null && !(await hasTarget(target))) lost.add(target);
  }
  return withoutLost(book, (target) => lost.has(target));
}
