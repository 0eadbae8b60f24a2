// SPDX-License-Identifier: Apache-2.0
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Where a path of a root folder leads, links followed as a process within it would; null: in a circle.
 */
export async function resolveInside(root: string, path: string): Promise<string | null> {
  let left = segments(path);
  let at: readonly string[] = [];
  for (let links = 0; links < mostLinks;) {
    const [next, ...rest] = left;
    if (next === undefined) return join(root, ...at);
    left = rest;
    if (next === '..') {
      at = at.slice(0, -1);
      continue;
    }
    const link = await readlink(join(root, ...at, next)).catch(() => null);
    if (link === null) at = [...at, next];
    else {
      links += 1;
      left = [...segments(link), ...rest];
      if (link.startsWith('/')) at = [];
    }
  }
  return null;
}

/** As many links as the kernel follows. */
const mostLinks = 40;

function segments(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '' && segment !== '.');
}
