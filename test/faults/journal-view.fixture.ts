// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

type Fields = Readonly<Record<string, unknown>>;

/** What a journal says of whether anything is left to do, read from outside while the agent writes it. */
export interface JournalView {
  /** Of the newest revision noted; 0: none. */
  readonly counter: number;
  /** No transaction is open, no outcome waits for its receipt, nothing is to be cleaned away. */
  readonly calm: boolean;
}

export async function viewJournal(state: string): Promise<JournalView> {
  const text = await readFile(join(state, 'engine/journal'), 'utf8').catch(() => '');
  const lines = text
    .split('\n')
    .slice(0, -1)
    .filter((line) => line !== '');
  let counter = 0;
  let isOpen = false;
  let isUnclean = false;
  const untold = new Set<unknown>();
  for (const record of lines.map(parsed)) {
    const { kind, book, desired, outcome, id } = record;
    if (kind === 'head') {
      const { desired: noted, open, transaction, outcomes, unclean } = book as Fields;
      counter = counterOf(noted);
      isOpen = open === true || (transaction as Fields)['kind'] !== 'none';
      isUnclean = unclean === true;
      for (const left of outcomes as readonly Fields[]) untold.add(left['id']);
    }
    if (kind === 'noted') {
      counter = counterOf(desired);
      isOpen ||= record['open'] === true;
    }
    if (kind === 'end') {
      untold.add((outcome as Fields)['id']);
      isUnclean = true;
      isOpen = false;
    }
    if (kind === 'acknowledged') untold.delete(id);
    if (kind === 'cleaned') isUnclean = false;
  }
  return { counter, calm: !isOpen && !isUnclean && untold.size === 0 };
}

function counterOf(revision: unknown): number {
  return revision === null ? 0 : Number((revision as Fields)['counter']);
}

/** Nothing of a line that is being written. */
function parsed(line: string): Fields {
  try {
    return JSON.parse(line) as Fields;
  } catch {
    return {};
  }
}
