// SPDX-License-Identifier: Apache-2.0
import type { SnapshotFile } from './snapshot.ts';

type Files = ReadonlyMap<string, SnapshotFile>;

export type MergedFiles =
  | { readonly kind: 'merged'; readonly files: Files }
  /** Paths that both sides changed, each in its way, in the order of bytes of neither. */
  | { readonly kind: 'conflict'; readonly paths: readonly string[] };

/**
 * Three trees into one, file by file: whoever changed a file since `base` is followed. Contents are not looked into, and no renames
 * are guessed, so it finds a conflict wherever Git itself would, and sometimes where Git would not.
 */
export function mergeFiles(base: Files, ours: Files, theirs: Files): MergedFiles {
  const files = new Map<string, SnapshotFile>();
  const contested = new Set<string>();
  for (const path of new Set([...ours.keys(), ...theirs.keys()])) {
    const [was, one, other] = [base.get(path), ours.get(path), theirs.get(path)];
    if (!isSame(one, other) && !isSame(was, one) && !isSame(was, other)) contested.add(path);
    const kept = isSame(was, one) ? other : one;
    if (kept !== undefined) files.set(path, kept);
  }
  for (const path of files.keys()) if (isBelowFile(path, files)) contested.add(path);
  return contested.size === 0
    ? { kind: 'merged', files }
    : { kind: 'conflict', paths: [...contested].sort() };
}

function isSame(a: SnapshotFile | undefined, b: SnapshotFile | undefined): boolean {
  return a?.oid === b?.oid && a?.kind === b?.kind;
}

/** One side made a file of what the other keeps as a folder. */
function isBelowFile(path: string, files: Files): boolean {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
    if (files.has(path.slice(0, end))) return true;
  return false;
}
