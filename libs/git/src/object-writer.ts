// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import type { Disk } from './disk.ts';
import { ensureFolder, removeIfThere, writeNewFile } from './durable-file.ts';
import { bytesOf } from './optional-file.ts';

export type ObjectType = 'blob' | 'tree' | 'commit' | 'tag';

/** Stores an object and returns its name, once it would survive a power cut. Errors are those of the disk. */
export type WriteObject = (type: ObjectType, content: Uint8Array) => Promise<string>;

/**
 * Writes loose objects to a temporary file first, so that no name ever stands for half an object. An object that is there already
 * is compared, not believed: after a power cut it may be empty, and would stay so for ever.
 */
export function createObjectWriter(commonDir: string, disk: Disk): WriteObject {
  return async (type, content) => {
    const whole = Buffer.concat([Buffer.from(`${type} ${String(content.length)}\0`, 'utf8'), content]);
    const oid = createHash('sha1').update(whole).digest('hex');
    const path = join(commonDir, 'objects', oid.slice(0, 2), oid.slice(2));
    if (await holds(path, whole)) return oid;
    await ensureFolder(disk, dirname(path));
    // Native Git's own prefix: its `gc` removes what a crash left.
    const draft = join(commonDir, 'objects', `tmp_obj_${randomBytes(9).toString('hex')}`);
    await writeNewFile(disk, draft, deflateSync(whole), 0o444);
    try {
      await disk.rename(draft, path);
    } catch (thrown) {
      await removeIfThere(disk, draft);
      throw thrown;
    }
    await disk.syncFolder(dirname(path));
    return oid;
  };
}

async function holds(path: string, whole: Buffer): Promise<boolean> {
  const stored = await bytesOf(path);
  if (stored === undefined) return false;
  try {
    return inflateSync(stored, { maxOutputLength: whole.length + 1 }).equals(whole);
  } catch {
    return false;
  }
}
