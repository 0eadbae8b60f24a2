// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import type { ObjectReader } from './object-reader.ts';
import type { WriteObject } from './object-writer.ts';
import type { RepositoryProblem } from './problem.ts';
import { treeBytes, type TreeEntry } from './tree-object.ts';

/**
 * A tree of notes: the name of the annotated object is the path, cut after two digits as often as the tree's writer chose to (its
 * fan-out). Reads any fan-out, mixed ones too, and writes each note where the tree already leads; a folder that grows over
 * `splitAbove` notes is cut once more. What is no note stays as it is.
 */
export interface NotesTree {
  /** Annotated object → blob of its note. */
  list(tree: string): Promise<Result<ReadonlyMap<string, string>, RepositoryProblem>>;
  find(tree: string, annotated: string): Promise<Result<string | null, RepositoryProblem>>;
  /** The tree with these notes set; errors of the disk are thrown. */
  set(tree: string, notes: ReadonlyMap<string, string>): Promise<Result<string, RepositoryProblem>>;
}

const splitAbove = 256;

export function createNotesTree(objects: Pick<ObjectReader, 'tree'>, write: WriteObject): NotesTree {
  async function walk(
    tree: string,
    prefix: string,
    found: Map<string, string>,
  ): Promise<RepositoryProblem | undefined> {
    const entries = await objects.tree(tree);
    if (!entries.ok) return entries.error;
    for (const entry of entries.value) {
      const name = prefix + entry.name;
      if (isNote(entry, prefix)) found.set(name, entry.oid);
      const failure = isFanOut(entry, prefix) ? await walk(entry.oid, name, found) : undefined;
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  async function find(
    tree: string,
    annotated: string,
    prefix = '',
  ): Promise<Result<string | null, RepositoryProblem>> {
    const entries = await objects.tree(tree);
    if (!entries.ok) return entries;
    const note = entries.value.find((entry) => isNote(entry, prefix) && prefix + entry.name === annotated);
    if (note !== undefined) return ok(note.oid);
    const next = annotated.slice(prefix.length, prefix.length + 2);
    const folder = entries.value.find((entry) => isFanOut(entry, prefix) && entry.name === next);
    return folder === undefined ? ok(null) : find(folder.oid, annotated, prefix + next);
  }

  /** `tree` null: a folder that does not exist yet. */
  async function set(
    tree: string | null,
    notes: ReadonlyMap<string, string>,
    prefix = '',
  ): Promise<Result<string, RepositoryProblem>> {
    const old = tree === null ? ok([]) : await objects.tree(tree);
    if (!old.ok) return old;
    const here = new Map(old.value.map((entry) => [entry.name, entry]));
    const below = new Map<string, Map<string, string>>();
    const put = (annotated: string, blob: string): void => {
      const rest = annotated.slice(prefix.length);
      const folder = rest.slice(0, 2);
      const existing = here.get(folder);
      if (below.has(folder) || (existing !== undefined && isFanOut(existing, prefix))) {
        // The same note may stand at both places in a tree of mixed fan-out; the one that was set is to remain.
        here.delete(rest);
        below.set(folder, (below.get(folder) ?? new Map<string, string>()).set(annotated, blob));
      } else here.set(rest, { name: rest, kind: 'file', executable: false, oid: blob });
    };
    for (const [annotated, blob] of notes) put(annotated, blob);
    const direct = [...here.values()].filter((entry) => isNote(entry, prefix));
    if (direct.length > splitAbove && prefix.length < 38) {
      for (const { name } of direct) if (!below.has(name.slice(0, 2))) below.set(name.slice(0, 2), new Map());
      for (const { name, oid } of direct) put(prefix + name, oid);
    }
    for (const [name, inner] of below) {
      const folder = here.get(name);
      const made = await set(folder?.kind === 'tree' ? folder.oid : null, inner, prefix + name);
      if (!made.ok) return err(made.error);
      here.set(name, { name, kind: 'tree', executable: false, oid: made.value });
    }
    return ok(await write('tree', treeBytes([...here.values()])));
  }

  return {
    async list(tree) {
      const found = new Map<string, string>();
      const failure = await walk(tree, '', found);
      return failure === undefined ? ok(found) : err(failure);
    },
    find: (tree, annotated) => find(tree, annotated),
    set: (tree, notes) => set(tree, notes),
  };
}

function isNote(entry: TreeEntry, prefix: string): boolean {
  return entry.kind === 'file' && entry.name.length === 40 - prefix.length && /^[0-9a-f]+$/.test(entry.name);
}

function isFanOut(entry: TreeEntry, prefix: string): boolean {
  return entry.kind === 'tree' && prefix.length < 38 && /^[0-9a-f]{2}$/.test(entry.name);
}
