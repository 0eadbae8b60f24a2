// SPDX-License-Identifier: Apache-2.0
import type { Clock, Logger } from '@fairlead/base';
import { writeNotes, type Repository } from '@fairlead/git';
import { logAuthor } from './chain.ts';
import { noteText, type NoteInput } from './note-text.ts';

/** Notes are rewritten at most this often, in milliseconds. */
const intervalMs = 10_000;

/** Keeps one note per commit. Notes are derived: one that could not be written is written with the next. */
export interface NoteKeeper {
  /** `atOnce`: the last word on this commit, or one that people wait for. */
  put(note: NoteInput, atOnce: boolean): void;
  /** Writes what changed until the signal aborts; then once more. */
  run(signal: AbortSignal): Promise<void>;
}

export interface NoteKeeperOptions {
  readonly repository: Repository;
  /** Full name. */
  readonly ref: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Notes of this many commits, the newest, are looked after. */
const keptNotes = 20;

export function createNoteKeeper({ repository, ref, clock, logger }: NoteKeeperOptions): NoteKeeper {
  /** The newest notes, whether written or not: writing one that stands there already changes nothing. */
  const notes = new Map<string, string>();
  /** Native git moves a notes reference without comparing and may drop what we wrote at that moment: each write is looked at once more. */
  let due: 'nothing' | 'check' | 'write' | 'write-now' = 'nothing';
  let wake = (): void => undefined;

  async function flush(): Promise<void> {
    if (due === 'nothing') return;
    const wasCheck = due === 'check';
    due = 'nothing';
    const update = { ref, notes: new Map(notes), author: logAuthor, message: 'Notes of what was deployed\n' };
    const done = await writeNotes(repository, clock, update, new AbortController().signal);
    if (!done.ok)
      logger.warn('notes could not be written', { ref, code: done.error.code, message: done.error.message });
    if (isNothing(due) && !(done.ok && wasCheck)) due = done.ok ? 'check' : 'write';
  }

  function isNothing(state: typeof due): boolean {
    return state === 'nothing';
  }

  return {
    put(note, atOnce) {
      const text = noteText(note);
      if (notes.get(note.commit) === text) return;
      notes.delete(note.commit);
      notes.set(note.commit, text);
      for (const oldest of [...notes.keys()].slice(0, Math.max(0, notes.size - keptNotes)))
        notes.delete(oldest);
      if (due !== 'write-now') due = atOnce ? 'write-now' : 'write';
      wake();
    },
    async run(signal) {
      while (!signal.aborted) {
        const woken = new AbortController();
        wake = () => {
          if (due === 'write-now') woken.abort();
        };
        wake();
        await clock.sleep(intervalMs, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
        wake = () => undefined;
        await flush();
      }
      await flush();
    },
  };
}
