// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { glob, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Removes the control groups of runs below a folder, which outlive their programs where these were killed from outside. */
export async function removeGroups(dir: string): Promise<void> {
  for await (const path of glob('**/runs/*/*/groups', { cwd: dir })) {
    const groups = (await readFile(join(dir, path), 'utf8')).split('\n');
    for (const group of groups) if (existsSync(group)) await rmdir(group).catch(() => undefined);
  }
}
