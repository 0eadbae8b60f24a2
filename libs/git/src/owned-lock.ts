// SPDX-License-Identifier: Apache-2.0
import { errnoOf } from '@fairlead/base';
import { dirname, join } from 'node:path';
import type { Disk } from './disk.ts';
import { ensureFolder, removeIfThere, writeNewFile } from './durable-file.ts';
import { textOf } from './optional-file.ts';
import { isDead, newOwner, ownerText, parseOwner } from './owner.ts';

export interface HeldLock {
  /** A file in the scratch folder that goes away with the lock, also if its owner dies. */
  readonly draft: string;
  release(): Promise<void>;
}

/**
 * Takes the lock file at `path`, which names its owner from the moment it appears: it is written elsewhere and linked. A lock of
 * ours whose owner is dead is taken over; anyone else's is left alone. Undefined: somebody holds it.
 * `scratch` is a folder on the same file system for what is still being made.
 */
export async function takeLock(disk: Disk, path: string, scratch: string): Promise<HeldLock | undefined> {
  const owner = await newOwner();
  await ensureFolder(disk, scratch);
  await ensureFolder(disk, dirname(path));
  const draft = join(scratch, `draft-${owner.nonce}`);
  await writeNewFile(disk, draft, Buffer.from(ownerText(owner), 'utf8'));
  try {
    if (
      (await linkUnlessThere(disk, draft, path)) ||
      ((await removeDead(disk, path, scratch)) && (await linkUnlessThere(disk, draft, path)))
    ) {
      return { draft: join(scratch, `new-${owner.nonce}`), release: () => removeIfThere(disk, path) };
    }
    return undefined;
  } finally {
    await removeIfThere(disk, draft);
  }
}

/**
 * Removes a dead owner's lock. Who may do so is settled by a second lock, named after the first one's nonce: as no other lock
 * ever carries that nonce, its holder can look again and then remove without racing anyone.
 */
async function removeDead(disk: Disk, path: string, scratch: string): Promise<boolean> {
  const dead = await deadOwnerOf(path);
  if (dead === undefined) return false;
  const right = await takeLock(disk, join(scratch, `remove-${dead}`), scratch);
  if (right === undefined) return false;
  try {
    if ((await deadOwnerOf(path)) !== dead) return false;
    await removeIfThere(disk, join(scratch, `draft-${dead}`));
    await removeIfThere(disk, join(scratch, `new-${dead}`));
    await removeIfThere(disk, path);
    return true;
  } finally {
    await right.release();
  }
}

/** The nonce of the lock, if it is ours and its owner is dead. */
async function deadOwnerOf(path: string): Promise<string | undefined> {
  const owner = parseOwner((await textOf(path)) ?? '');
  return owner !== undefined && (await isDead(owner)) ? owner.nonce : undefined;
}

async function linkUnlessThere(disk: Disk, draft: string, path: string): Promise<boolean> {
  try {
    await disk.link(draft, path);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST') return false;
    throw thrown;
  }
}
