// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import type { ObjectReader } from './object-reader.ts';
import { corrupt, type RepositoryProblem } from './problem.ts';
import type { TreeEntry } from './tree-object.ts';

export interface SnapshotFile {
  readonly oid: string;
  readonly kind: 'file' | 'symlink' | 'submodule';
}

/** What a commit holds, without the contents. */
export interface Snapshot {
  readonly commit: string;
  readonly tree: string;
  readonly parents: readonly string[];
  /** Commit time, RFC 3339 UTC in whole seconds. */
  readonly time: string;
  /** Path with '/' → file, in the order of Git's trees. */
  readonly files: ReadonlyMap<string, SnapshotFile>;
}

export interface FileChange {
  readonly path: string;
  readonly before: SnapshotFile | null;
  readonly after: SnapshotFile | null;
}

export interface SnapshotReader {
  read(commit: string): Promise<Result<Snapshot, RepositoryProblem>>;
  /** What changed between two trees. Folders that are equal by name are not opened. */
  diff(beforeTree: string, afterTree: string): Promise<Result<readonly FileChange[], RepositoryProblem>>;
}

/**
 * Reads snapshots one after another: a folder that an earlier one had too is not read again, so the work follows the change. Kept are
 * the folders of the last snapshot alone.
 */
export function createSnapshotReader(objects: Pick<ObjectReader, 'commit' | 'tree'>): SnapshotReader {
  let known = new Map<string, readonly TreeEntry[]>();

  async function entriesOf(oid: string): Promise<Result<readonly TreeEntry[], RepositoryProblem>> {
    const kept = known.get(oid);
    if (kept !== undefined) return ok(kept);
    const read = await objects.tree(oid);
    if (read.ok) known.set(oid, read.value);
    return read;
  }

  async function collect(
    tree: string,
    prefix: string,
    files: Map<string, SnapshotFile>,
    seen: Map<string, readonly TreeEntry[]>,
  ): Promise<RepositoryProblem | undefined> {
    const entries = await entriesOf(tree);
    if (!entries.ok) return entries.error;
    seen.set(tree, entries.value);
    for (const entry of entries.value) {
      const path = prefix + entry.name;
      if (entry.kind === 'tree') {
        const failure = await collect(entry.oid, `${path}/`, files, seen);
        if (failure !== undefined) return failure;
      } else {
        files.set(path, { oid: entry.oid, kind: entry.kind });
      }
    }
    return undefined;
  }

  async function compare(
    before: string | null,
    after: string | null,
    prefix: string,
    changes: FileChange[],
  ): Promise<RepositoryProblem | undefined> {
    if (before === after) return undefined;
    const sides = [
      before === null ? ok([]) : await entriesOf(before),
      after === null ? ok([]) : await entriesOf(after),
    ] as const;
    if (!sides[0].ok) return sides[0].error;
    if (!sides[1].ok) return sides[1].error;
    const old = new Map(sides[0].value.map((entry) => [entry.name, entry]));
    const now = new Map(sides[1].value.map((entry) => [entry.name, entry]));
    for (const name of new Set([...old.keys(), ...now.keys()])) {
      const [a, b] = [old.get(name), now.get(name)];
      if (a?.oid === b?.oid && a?.kind === b?.kind) continue;
      const path = prefix + name;
      const [fileBefore, fileAfter] = [fileOf(a), fileOf(b)];
      if (fileBefore !== null || fileAfter !== null)
        changes.push({ path, before: fileBefore, after: fileAfter });
      const failure = await compare(treeOf(a), treeOf(b), `${path}/`, changes);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  return {
    async read(oid) {
      const commit = await objects.commit(oid);
      if (!commit.ok) return commit;
      const { tree, parents, committed } = commit.value;
      const time = utcSeconds(committed);
      if (time === undefined) return err(corrupt(oid, 'its time is out of range'));
      const files = new Map<string, SnapshotFile>();
      const seen = new Map<string, readonly TreeEntry[]>();
      const failure = await collect(tree, '', files, seen);
      if (failure !== undefined) return err(failure);
      known = seen;
      return ok({ commit: oid, tree, parents, time, files });
    },
    async diff(before, after) {
      const changes: FileChange[] = [];
      const failure = await compare(before, after, '', changes);
      return failure === undefined ? ok(changes) : err(failure);
    },
  };
}

function fileOf(entry: TreeEntry | undefined): SnapshotFile | null {
  return entry === undefined || entry.kind === 'tree' ? null : { oid: entry.oid, kind: entry.kind };
}

function treeOf(entry: TreeEntry | undefined): string | null {
  return entry?.kind === 'tree' ? entry.oid : null;
}

/** `YYYY-MM-DDTHH:MM:SSZ`; undefined beyond the years that RFC 3339 writes with four digits. */
function utcSeconds(seconds: number): string | undefined {
  const endOfYear9999 = 253_402_300_799;
  if (!Number.isSafeInteger(seconds) || seconds < 0 || seconds > endOfYear9999) return undefined;
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
