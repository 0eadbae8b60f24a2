// SPDX-License-Identifier: Apache-2.0
import fs from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import git from 'isomorphic-git';

const author = { name: 'Fleet Team', email: 'fleet@example.org' };

/** Makes a folder a Git repository, without needing the git program. */
export async function initRepository(dir: string): Promise<void> {
  await git.init({ fs, dir, defaultBranch: 'main' });
}

export interface Commit {
  readonly id: string;
  /** When committing began, in milliseconds since 1970; everything was staged by then. */
  readonly at: number;
}

/** Commits every file of the folder, as `git add -A && git commit` would where nothing was removed. */
export async function commitAll(dir: string, message: string): Promise<Commit> {
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const path = relative(dir, join(entry.parentPath, entry.name));
    if (entry.isFile() && !path.startsWith('.git/')) await git.add({ fs, dir, filepath: path });
  }
  const at = Date.now();
  return { id: await git.commit({ fs, dir, message, author }), at };
}
