// SPDX-License-Identifier: Apache-2.0
import type { SnapshotFile } from './snapshot.ts';

/** Files by path, of what `git ls-tree -r -z` prints: `<mode> SP <type> SP <oid> TAB <path> NUL`. */
export function parseTreeList(text: string): ReadonlyMap<string, SnapshotFile> {
  return new Map(
    text.split('\0').flatMap((entry) => {
      const match = /^(\d+) \w+ ([0-9a-f]{40})\t([^]+)$/.exec(entry);
      if (match === null) return [];
      const [, mode = '', oid = '', path = ''] = match;
      return [[path, { oid, kind: kindOf(mode) }] as const];
    }),
  );
}

function kindOf(mode: string): SnapshotFile['kind'] {
  if (mode === '120000') return 'symlink';
  return mode === '160000' ? 'submodule' : 'file';
}
