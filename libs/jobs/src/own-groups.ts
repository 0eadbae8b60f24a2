// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A control group that the agent is in and below which it can make others. */
export interface OwnGroup {
  readonly version: 1 | 2;
  readonly folder: string;
}

/** The agent's groups that it may write, version 2 first, then that of the memory controller of version 1. */
export async function ownGroups(): Promise<readonly OwnGroup[]> {
  const mounts = parseMounts(await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''));
  const own = parseOwnGroups(await readFile('/proc/self/cgroup', 'utf8').catch(() => ''));
  const groups: OwnGroup[] = [];
  for (const { version, mount, root } of mounts) {
    const path = own[version];
    if (path === undefined) continue;
    const folder = join(mount, path.startsWith(root) ? path.slice(root.length) : path);
    if (
      await access(folder, constants.W_OK).then(
        () => true,
        () => false,
      )
    )
      groups.push({ version, folder });
  }
  return groups;
}

interface Mount {
  readonly version: 1 | 2;
  readonly mount: string;
  readonly root: string;
}

/** Version 2 first. Form of a line: proc(5), /proc/pid/mountinfo. */
function parseMounts(text: string): readonly Mount[] {
  return text
    .split('\n')
    .flatMap((line): readonly Mount[] => {
      const [front = '', back = ''] = line.split(' - ');
      const [, , , root = '', mount = ''] = front.split(' ');
      const [type = '', , options = ''] = back.split(' ');
      const base = root === '/' ? '' : root;
      if (type === 'cgroup2') return [{ version: 2, mount, root: base }];
      return type === 'cgroup' && options.split(',').includes('memory')
        ? [{ version: 1, mount, root: base }]
        : [];
    })
    .sort((a, b) => b.version - a.version);
}

function parseOwnGroups(text: string): Readonly<Partial<Record<1 | 2, string>>> {
  const own: Partial<Record<1 | 2, string>> = {};
  for (const line of text.split('\n')) {
    const [number = '', controllers = '', ...path] = line.split(':');
    if (number === '0' && controllers === '') own[2] = path.join(':');
    else if (controllers.split(',').includes('memory')) own[1] = path.join(':');
  }
  return own;
}
