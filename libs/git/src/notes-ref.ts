// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Clock, type Result } from '@fairlead/base';
import type { Person } from './commit-object.ts';
import { createNotesTree } from './notes.ts';
import { emptyTree } from './oid.ts';
import { isDiskError, problem, unwritable, type RepositoryProblem } from './problem.ts';
import type { Repository } from './repository.ts';
import { writeCommit } from './signed-commit.ts';

export interface NotesUpdate {
  /** Full name, such as `refs/notes/fairlead`. */
  readonly ref: string;
  /** Annotated object → text. */
  readonly notes: ReadonlyMap<string, string>;
  readonly author: Person;
  readonly message: string;
}

/** The note on an object, null if it has none. */
export async function readNote(
  repository: Repository,
  ref: string,
  annotated: string,
  maxBytes = 2 ** 20,
): Promise<Result<string | null, RepositoryProblem>> {
  const head = await repository.readRef(ref);
  if (!head.ok || head.value === null) return head;
  const commit = await repository.objects.commit(head.value);
  if (!commit.ok) return commit;
  const blob = await createNotesTree(repository.objects, repository.writeObject).find(
    commit.value.tree,
    annotated,
  );
  if (!blob.ok || blob.value === null) return blob;
  const content = await repository.objects.blob(blob.value, maxBytes);
  return content.ok ? ok(Buffer.from(content.value).toString('utf8')) : content;
}

/** How often a lost race is run again: every loss means that somebody else got through. */
const attempts = 20;

/** Sets notes in one commit on top of whatever stands there; a lost race is run again. Nothing is written when nothing changes. */
export async function writeNotes(
  repository: Repository,
  clock: Clock,
  { ref, notes, author, message }: NotesUpdate,
  signal: AbortSignal,
): Promise<Result<void, RepositoryProblem>> {
  const { objects, writeObject } = repository;
  const tree = createNotesTree(objects, writeObject);
  try {
    const blobs = new Map<string, string>();
    for (const [annotated, text] of notes)
      blobs.set(annotated, await writeObject('blob', Buffer.from(text, 'utf8')));
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const head = await repository.readRef(ref);
      if (!head.ok) return head;
      const base = head.value === null ? ok({ tree: emptyTree }) : await objects.commit(head.value);
      if (!base.ok) return base;
      const changed = await tree.set(base.value.tree, blobs);
      if (!changed.ok) return changed;
      if (changed.value === base.value.tree) return ok();
      const parents = head.value === null ? [] : [head.value];
      const seconds = Math.floor(clock.now() / 1000);
      const commit = await writeCommit(writeObject, {
        tree: changed.value,
        parents,
        author,
        seconds,
        message,
      });
      const moved = await repository.updateRef({ ref, expected: head.value, oid: commit }, signal);
      if (moved.ok) return ok();
      if (moved.error.kind !== 'lost') return err(moved.error.problem);
    }
    return err(problem('ref-contended', `${ref} was moved by others ${String(attempts)} times in a row`));
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    return err(unwritable(ref, thrown));
  }
}
