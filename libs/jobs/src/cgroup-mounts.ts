// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';

/** What can be bounded, by the kernel's names. */
export const controllers = ['memory', 'cpu', 'pids'] as const;
export type Controller = (typeof controllers)[number];

/** A tree of control groups, and where in it this process is. */
export interface Hierarchy {
  readonly version: 1 | 2;
  /** Folder of the group that this process is in. */
  readonly own: string;
  /** Of version 1, those that are mounted here; version 2 tells them in `cgroup.controllers`. */
  readonly controllers: readonly Controller[];
}

/**
 * The hierarchies that `mountinfo` and `cgroup` of this process tell of, version 2 first. A machine may have both: each controller is
 * in one of them. Forms: proc(5), cgroups(7).
 */
export function parseHierarchies(mountinfo: string, cgroup: string): readonly Hierarchy[] {
  const own = new Map(cgroup.split('\n').flatMap(ownGroups));
  return mountinfo
    .split('\n')
    .flatMap((line): readonly Hierarchy[] => {
      const [front = '', back = ''] = line.split(' - ');
      const [, , , root = '', mount = ''] = front.split(' ');
      const [type = '', , options = ''] = back.split(' ');
      if (type !== 'cgroup' && type !== 'cgroup2') return [];
      const names = type === 'cgroup2' ? [''] : options.split(',');
      const usable = names.some((name) => ['', 'name=systemd', ...controllers].includes(name));
      // A group of cpuset takes no process before it was given processors and memory nodes.
      if (!usable || names.includes('cpuset')) return [];
      const path = names.map((name) => own.get(name)).find((found) => found !== undefined);
      if (path === undefined) return [];
      const below = root !== '/' && path.startsWith(root) ? path.slice(root.length) : path;
      return [
        {
          version: type === 'cgroup2' ? 2 : 1,
          own: join(mount, below === '/' ? '' : below),
          controllers: controllers.filter((name) => names.includes(name)),
        },
      ];
    })
    .sort((a, b) => b.version - a.version);
}

/** Each controller of a hierarchy (version 2: the empty name) with the path of the group in it. */
function ownGroups(line: string): readonly (readonly [string, string])[] {
  const [number = '', names, ...path] = line.split(':');
  if (number === '' || names === undefined) return [];
  return names.split(',').map((name) => [name, path.join(':')] as const);
}
