// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { isDigest, type Digest } from '@fairlead/base';
import * as v from 'valibot';
import { replaceDurably } from './durable.ts';

/** What is known of a revision that waits for its time, beyond the life of the agent. */
export interface ApplyNotes {
  /** Since when this target state waits; null: it does not. */
  waitingSince(target: Digest): number | null;
  /** It waits from now on, unless it does already; in place of any other. */
  wait(target: Digest, now: number): Promise<void>;
  /** Somebody at the device let this revision through, for so long; null: nobody did. */
  earlyUntil(revision: Digest): number | null;
  /** Throws `storage-failed` or `no-space`. */
  allow(revision: Digest, until: number): Promise<void>;
  /** Nothing waits any more, nor is anything let through. */
  clear(): Promise<void>;
}

const digest = v.custom<Digest>(isDigest, 'no digest');
/** Times are milliseconds since 1970. */
const form = v.strictObject({
  format: v.literal(1),
  waiting: v.nullable(v.strictObject({ target: digest, since: v.number() })),
  early: v.nullable(v.strictObject({ revision: digest, until: v.number() })),
});
type Notes = v.InferOutput<typeof form>;

const none: Notes = { format: 1, waiting: null, early: null };

/** What cannot be read says nothing: the wait then begins anew. */
export async function openApplyNotes(path: string): Promise<ApplyNotes> {
  let notes = parse(await readFile(path, 'utf8').catch(() => ''));
  const keep = async (next: Notes): Promise<void> => {
    await replaceDurably(path, JSON.stringify(next));
    notes = next;
  };
  return {
    waitingSince: (target) => (notes.waiting?.target === target ? notes.waiting.since : null),
    async wait(target, now) {
      if (notes.waiting?.target !== target) await keep({ ...notes, waiting: { target, since: now } });
    },
    earlyUntil: (revision) => (notes.early?.revision === revision ? notes.early.until : null),
    allow: (revision, until) => keep({ ...notes, early: { revision, until } }),
    async clear() {
      if (notes.waiting !== null || notes.early !== null) await keep(none);
    },
  };
}

function parse(text: string): Notes {
  try {
    const parsed = v.safeParse(form, JSON.parse(text));
    return parsed.success ? parsed.output : none;
  } catch {
    return none;
  }
}
