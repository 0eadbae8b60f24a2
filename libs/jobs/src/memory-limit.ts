// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownGroups, type OwnGroup } from './own-groups.ts';

/**
 * Where groups for jobs can be made: below the agent's own in the memory hierarchy, version 2 where it hands memory to its
 * children, else version 1; null where neither can be written.
 */
export async function memoryParent(): Promise<OwnGroup | null> {
  for (const { version, folder } of await ownGroups()) {
    if (version === 2) {
      const handed = await readFile(join(folder, 'cgroup.subtree_control'), 'utf8').catch(() => '');
      if (!handed.split(/\s+/).includes('memory')) continue;
    }
    return { version, folder };
  }
  return null;
}

/** Makes the group `folder` below `parent` with its limit, in bytes. The job dies as one when it is out of memory, where the kernel can do that. */
export async function limitMemory(parent: OwnGroup, folder: string, bytes: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const set = (name: string, value: string): Promise<void> => writeFile(join(folder, name), value);
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
