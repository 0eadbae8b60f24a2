// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The control group in which a job's memory is limited. */
export interface MemoryGroup {
  readonly folder: string;
  /** Joined by writing 0 into it. */
  readonly procs: string;
}

interface MemoryParent {
  readonly version: 1 | 2;
  readonly folder: string;
}

/**
 * Where groups for jobs can be made: below the agent's own in the memory hierarchy, version 2 where it hands memory to its
 * children, else version 1; null where neither can be written.
 */
export async function memoryParent(): Promise<MemoryParent | null> {
  const mounts = parseMounts(await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''));
  const own = parseOwnGroups(await readFile('/proc/self/cgroup', 'utf8').catch(() => ''));
  for (const { version, mount, root } of mounts) {
    const path = own[version];
    if (path === undefined) continue;
    const folder = join(mount, path.startsWith(root) ? path.slice(root.length) : path);
    if (version === 2) {
      const handed = await readFile(join(folder, 'cgroup.subtree_control'), 'utf8').catch(() => '');
      if (!handed.split(/\s+/).includes('memory')) continue;
    }
    if (await access(folder, constants.W_OK).then(() => true, () => false)) return { version, folder };
  }
  return null;
}

/** The group of one unit; `salt` keeps agents on one machine apart. */
export function memoryGroup(parent: MemoryParent, salt: string, unit: string): MemoryGroup {
  const hex = createHash('sha256').update(salt).digest('hex').slice(0, 8);
  const folder = join(parent.folder, `fairlead-${hex}-${unit}`);
  return { folder, procs: join(folder, 'cgroup.procs') };
}

/** Makes the group with its limit, in bytes. The job dies as one when it is out of memory, where the kernel can do that. */
export async function openMemoryGroup(parent: MemoryParent, group: MemoryGroup, bytes: number): Promise<void> {
  await mkdir(group.folder, { recursive: true });
  const set = (name: string, value: string): Promise<void> => writeFile(join(group.folder, name), value);
  // Swap is an extra that the kernel may have been built without.
  const trySet = (name: string, value: string): Promise<void> => set(name, value).catch(() => undefined);
  if (parent.version === 2) {
    await set('memory.max', String(bytes));
    await trySet('memory.swap.max', '0');
    await trySet('memory.oom.group', '1');
    return;
  }
  await trySet('memory.memsw.limit_in_bytes', '-1');
  await set('memory.limit_in_bytes', String(bytes));
  await trySet('memory.memsw.limit_in_bytes', String(bytes));
}

/** Removes the group of a unit that has stopped, if it has one. One in which something still runs stays. */
export async function closeMemoryGroupOf(salt: string, unit: string): Promise<void> {
  const parent = await memoryParent();
  if (parent !== null) await rmdir(memoryGroup(parent, salt, unit).folder).catch(() => undefined);
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
      return type === 'cgroup' && options.split(',').includes('memory') ? [{ version: 1, mount, root: base }] : [];
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
