// SPDX-License-Identifier: Apache-2.0
import { compareBytes } from '@fairlead/base';

export type TreeEntryKind = 'file' | 'symlink' | 'submodule' | 'tree';

export interface TreeEntry {
  readonly name: string;
  readonly kind: TreeEntryKind;
  readonly executable: boolean;
  readonly oid: string;
}

/** Entries in the order of the bytes; undefined if they are no tree. */
export function parseTree(bytes: Uint8Array): readonly TreeEntry[] | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries: TreeEntry[] = [];
  for (let at = 0; at < buffer.length;) {
    const blank = buffer.indexOf(0x20, at);
    const zero = buffer.indexOf(0, blank);
    if (blank < 0 || zero < 0 || zero + 21 > buffer.length) return undefined;
    const mode = buffer.toString('latin1', at, blank);
    const kind = kindOf(mode);
    if (kind === undefined) return undefined;
    entries.push({
      name: buffer.toString('utf8', blank + 1, zero),
      kind,
      executable: mode === '100755',
      oid: buffer.toString('hex', zero + 1, zero + 21),
    });
    at = zero + 21;
  }
  return entries;
}

/** The bytes of a tree. Git sorts folders as if their names ended with '/'. */
export function treeBytes(entries: readonly TreeEntry[]): Uint8Array {
  const key = (entry: TreeEntry): string => (entry.kind === 'tree' ? `${entry.name}/` : entry.name);
  const sorted = [...entries].sort((a, b) => compareBytes(key(a), key(b)));
  return Buffer.concat(
    sorted.flatMap((entry) => [
      Buffer.from(`${modeOf(entry)} ${entry.name}\0`, 'utf8'),
      Buffer.from(entry.oid, 'hex'),
    ]),
  );
}

function kindOf(mode: string): TreeEntryKind | undefined {
  if (mode === '40000' || mode === '040000') return 'tree';
  if (mode === '120000') return 'symlink';
  if (mode === '160000') return 'submodule';
  // Old tools wrote 100664; like native Git, only the owner's executable bit counts.
  return /^100[0-7]{3}$/.test(mode) ? 'file' : undefined;
}

function modeOf(entry: TreeEntry): string {
  switch (entry.kind) {
    case 'tree':
      return '40000';
    case 'symlink':
      return '120000';
    case 'submodule':
      return '160000';
    case 'file':
      return entry.executable ? '100755' : '100644';
  }
}
