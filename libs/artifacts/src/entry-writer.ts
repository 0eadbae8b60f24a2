// SPDX-License-Identifier: Apache-2.0
import { chmod, link, mkdir, open, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { FairleadError, formatSize } from '@fairlead/base';
import { syncFolder } from './durable.ts';
import { checkedMode, checkLinkTarget, entrySegments, unsafe } from './entry-path.ts';

export interface UnpackLimits {
  /** Bytes of all files together; an archive that holds more is refused for good. */
  readonly bytes: number;
  /** Bytes that the disk can spare now; beyond it is `no-space`. Default: whatever it has. */
  readonly room?: number;
  /** Entries of any kind. Default 100,000. */
  readonly entries?: number;
}

/** What an archive holds, whatever its format. Names are as the archive has them, unchecked. */
export type ArchiveEntry =
  | { readonly kind: 'folder'; readonly name: string; readonly mode: number }
  | {
      readonly kind: 'file';
      readonly name: string;
      readonly mode: number;
      readonly body: AsyncIterable<Uint8Array>;
    }
  | { readonly kind: 'symlink'; readonly name: string; readonly target: string }
  | { readonly kind: 'hardlink'; readonly name: string; readonly target: string };

export interface EntryWriter {
  write(entry: ArchiveEntry): Promise<void>;
  /** Makes the folders durable; files are already. */
  finish(): Promise<void>;
}

const defaultEntries = 100_000;

/**
 * Writes entries below an empty folder that nobody else touches. It knows everything that it made, so that whether an entry is
 * safe is decided from names alone: no parent may be a link, and nothing is made twice. Throws `archive-unsafe`.
 */
export function createEntryWriter(root: string, limits: UnpackLimits): EntryWriter {
  const made = new Map<string, 'folder' | 'file' | 'link'>([['', 'folder']]);
  const most = limits.entries ?? defaultEntries;
  let entries = 0;
  let bytes = 0;

  const count = (more: number): void => {
    bytes += more;
    if (bytes > limits.bytes) throw tooLarge(`more than ${String(limits.bytes)} bytes unpacked`);
    if (limits.room !== undefined && bytes > limits.room)
      throw new FairleadError({
        code: 'no-space',
        message: `the archive holds more than the ${formatSize(Math.max(0, limits.room))} that can be spared`,
      });
  };

  const makeFolder = async (segments: readonly string[], name: string): Promise<void> => {
    for (let depth = 1; depth <= segments.length; depth += 1) {
      const path = segments.slice(0, depth).join('/');
      const kind = made.get(path);
      if (kind === 'folder') continue;
      if (kind !== undefined) throw unsafe(name, `'${path}' is no folder`);
      await mkdir(join(root, path), { mode: 0o755 });
      made.set(path, 'folder');
    }
  };

  /** Claims a name for something new and makes its parents. */
  const claim = async (name: string, kind: 'file' | 'link'): Promise<string> => {
    const segments = entrySegments(name);
    const path = segments.join('/');
    if (made.has(path)) throw unsafe(name, 'it is there twice');
    await makeFolder(segments.slice(0, -1), name);
    made.set(path, kind);
    return join(root, path);
  };

  const writeFile = async (entry: Extract<ArchiveEntry, { kind: 'file' }>): Promise<void> => {
    const mode = checkedMode(entry.name, entry.mode, 'file');
    const path = await claim(entry.name, 'file');
    const file = await open(path, 'wx', 0o600);
    try {
      for await (const chunk of entry.body) {
        count(chunk.length);
        await file.writeFile(chunk);
      }
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
  };

  return {
    async write(entry) {
      entries += 1;
      if (entries > most) throw tooLarge(`more than ${String(most)} entries`);
      switch (entry.kind) {
        case 'folder': {
          const mode = checkedMode(entry.name, entry.mode, 'folder');
          const segments = entrySegments(entry.name);
          await makeFolder(segments, entry.name);
          if (segments.length > 0) await chmod(join(root, ...segments), mode);
          return;
        }
        case 'file':
          return writeFile(entry);
        case 'symlink': {
          checkLinkTarget(entrySegments(entry.name), entry.target);
          await symlink(entry.target, await claim(entry.name, 'link'));
          return;
        }
        case 'hardlink': {
          const target = entrySegments(entry.target).join('/');
          // Only to a file of this archive: a second name of a symbolic link would lead elsewhere from its new place.
          if (made.get(target) !== 'file')
            throw unsafe(entry.name, `it links to '${entry.target}', which is no earlier file`);
          await link(join(root, target), await claim(entry.name, 'file'));
          return;
        }
      }
    },
    async finish() {
      for (const [path, kind] of made) {
        if (kind === 'folder') await syncFolder(join(root, path));
      }
    },
  };
}

function tooLarge(what: string): FairleadError {
  return new FairleadError({ code: 'archive-unsafe', message: `the archive holds ${what}` });
}
