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

export function createNoteKeeper({ repository, ref, clock, logger }: NoteKeeperOptions): NoteKeeper {
  const waiting = new Map<string, string>();
  const written = new Map<string, string>();
  let urgent = false;
  let wake = (): void => undefined;

  async function flush(): Promise<void> {
    urgent = false;
    const notes = new Map(waiting);
    if (notes.size === 0) return;
    waiting.clear();
    const update = { ref, notes, author: logAuthor, message: 'Notes of what was deployed\n' };
    const done = await writeNotes(repository, clock, update, new AbortController().signal);
    if (done.ok) {
      for (const [commit, text] of notes) written.set(commit, text);
      return;
    }
    logger.warn('notes could not be written', { ref, code: done.error.code, message: done.error.message });
    for (const [commit, text] of notes) if (!waiting.has(commit)) waiting.set(commit, text);
  }

  return {
    put(note, atOnce) {
      const text = noteText(note);
      if (written.get(note.commit) === text) waiting.delete(note.commit);
      else waiting.set(note.commit, text);
      urgent ||= atOnce && waiting.has(note.commit);
      wake();
    },
    async run(signal) {
      while (!signal.aborted) {
        const woken = new AbortController();
        wake = () => {
          if (urgent) woken.abort();
        };
        if (!urgent) await clock.sleep(intervalMs, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
        wake = () => undefined;
        await flush();
      }
      await flush();
    },
  };
}
