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

/**
 * So many commits' notes, the newest, are looked at once more after they were written: native git moves a notes reference without
 * comparing, and may so drop what we wrote at that moment.
 */
const checkedNotes = 20;

export function createNoteKeeper({ repository, ref, clock, logger }: NoteKeeperOptions): NoteKeeper {
  const unwritten = new Map<string, string>();
  const written = new Map<string, string>();
  let unchecked = false;
  let urgent = false;
  let wake = (): void => undefined;

  async function flush(): Promise<void> {
    if (unwritten.size === 0 && !unchecked) return;
    const isNew = unwritten.size > 0;
    const notes = new Map([...written, ...unwritten]);
    urgent = false;
    const update = { ref, notes, author: logAuthor, message: 'Notes of what was deployed\n' };
    const done = await writeNotes(repository, clock, update, new AbortController().signal);
    if (!done.ok) {
      const { code, message } = done.error;
      logger.warn('notes could not be written', { ref, code, message });
      return;
    }
    unchecked = isNew;
    for (const [commit, text] of notes) settle(commit, text);
  }

  function settle(commit: string, text: string): void {
    if (unwritten.get(commit) === text) unwritten.delete(commit);
    written.delete(commit);
    written.set(commit, text);
    const [oldest] = written.keys();
    if (written.size > checkedNotes && oldest !== undefined) written.delete(oldest);
  }

  return {
    put(note, atOnce) {
      const text = noteText(note);
      if ((unwritten.get(note.commit) ?? written.get(note.commit)) === text) return;
      unwritten.set(note.commit, text);
      urgent ||= atOnce;
      wake();
    },
    async run(signal) {
      while (!signal.aborted) {
        const woken = new AbortController();
        wake = () => {
          if (urgent) woken.abort();
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
