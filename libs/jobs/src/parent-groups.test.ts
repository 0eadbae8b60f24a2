// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { tempDir } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { parseHierarchies, type Hierarchy } from './cgroup-mounts.ts';
import { openParents, type GroupWriter } from './parent-groups.ts';

const pid = 4711;

interface Kernel {
  readonly own: Hierarchy;
  readonly write: GroupWriter;
  read(file: string): string;
}

/** A folder that answers writes as a group of version 2 does: what has processes hands down to threads at most. */
async function groupOfVersion2(others: readonly number[] = []): Promise<Kernel> {
  const folder = await tempDir('cgroup');
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  writeFileSync(join(folder, 'cgroup.controllers'), 'cpuset cpu io memory pids\n');
  writeFileSync(join(folder, 'cgroup.subtree_control'), '');
  writeFileSync(join(folder, 'cgroup.type'), 'domain\n');
  writeFileSync(join(folder, 'cgroup.procs'), [pid, ...others].map((each) => `${String(each)}\n`).join(''));
  const write: GroupWriter = async (path, value) => {
    const file = basename(path);
    if (file === 'cgroup.subtree_control') {
      if (read('cgroup.procs') !== '') {
        if (value === '+memory') throw Object.assign(new Error('busy'), { code: 'EBUSY' });
        writeFileSync(join(folder, 'cgroup.type'), 'domain threaded\n');
      }
      await writeFile(path, `${read(file)} ${value.slice(1)}`);
      return;
    }
    if (read('cgroup.type') !== 'domain\n')
      throw Object.assign(new Error('threads alone'), { code: 'EOPNOTSUPP' });
    if (file === 'cgroup.procs' && dirname(path) !== folder)
      await writeFile(join(folder, file), read(file).replace(`${value}\n`, ''));
    await writeFile(path, `${value}\n`);
  };
  return { own: { version: 2, own: folder, controllers: [] }, write, read };
}

describe('when the machine has control groups of version 2', () => {
  it('leaves everything as it is while nothing is to be bounded', async () => {
    const { own, write, read } = await groupOfVersion2();
    expect(await openParents([own], [], pid, write)).toEqual([
      { version: 2, folder: own.own, controllers: [] },
    ]);
    expect(read('cgroup.procs')).toBe(`${String(pid)}\n`);
  });

  it('goes to a leaf, since a group with processes hands nothing down, and finds its way back', async () => {
    const { own, write, read } = await groupOfVersion2();
    const parents = await openParents([own], ['memory', 'pids'], pid, write);
    expect(parents).toEqual([{ version: 2, folder: own.own, controllers: ['memory', 'pids'] }]);
    expect(read('agent/cgroup.procs')).toBe(`${String(pid)}\n`);
    // As its next look finds itself, and as the next agent does that systemd starts in the leaf.
    const moved = { ...own, own: join(own.own, 'agent') };
    expect(await openParents([moved], ['cpu'], pid, write)).toEqual([
      { version: 2, folder: own.own, controllers: ['memory', 'cpu', 'pids'] },
    ]);
  });

  it('has nothing to bound with where others live in the group too', async () => {
    const { own, write } = await groupOfVersion2([1]);
    expect(await openParents([own], ['memory', 'cpu', 'pids'], pid, write)).toEqual([
      { version: 2, folder: own.own, controllers: [] },
    ]);
  });

  it('leaves out what it may not write', async () => {
    const gone: Hierarchy = { version: 1, own: '/nowhere', controllers: ['memory'] };
    expect(await openParents([gone], ['memory'], pid, writeFile)).toEqual([]);
  });
});

describe('when the machine tells of its hierarchies', () => {
  const mount = (number: number, root: string, at: string, type: string, options: string): string =>
    `${String(number)} 31 0:${String(number)} ${root} ${at} rw,relatime shared:7 - ${type} ${type} ${options}`;

  it('finds both versions on one machine, the second first, and what each may bound', () => {
    const mounts = [
      mount(32, '/', '/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'rw,cpu,cpuacct'),
      mount(33, '/', '/sys/fs/cgroup/cpuset', 'cgroup', 'rw,cpuset'),
      mount(34, '/', '/sys/fs/cgroup/memory', 'cgroup', 'rw,memory'),
      mount(35, '/', '/sys/fs/cgroup/systemd', 'cgroup', 'rw,name=systemd'),
      mount(36, '/', '/sys/fs/cgroup/unified', 'cgroup2', 'rw'),
      mount(37, '/', '/proc', 'proc', 'rw'),
    ].join('\n');
    const own = '5:cpuset:/\n4:memory:/a/b\n3:cpu,cpuacct:/\n1:name=systemd:/s\n0::/u:1\n';
    expect(parseHierarchies(mounts, own)).toEqual([
      { version: 2, own: '/sys/fs/cgroup/unified/u:1', controllers: [] },
      { version: 1, own: '/sys/fs/cgroup/cpu,cpuacct', controllers: ['cpu'] },
      { version: 1, own: '/sys/fs/cgroup/memory/a/b', controllers: ['memory'] },
      { version: 1, own: '/sys/fs/cgroup/systemd/s', controllers: [] },
    ]);
  });

  it('finds its own group where only a part of the tree is mounted', () => {
    const mounts = mount(36, '/docker/x', '/sys/fs/cgroup', 'cgroup2', 'rw');
    expect(parseHierarchies(mounts, '0::/docker/x/in\n')).toEqual([
      { version: 2, own: '/sys/fs/cgroup/in', controllers: [] },
    ]);
  });

  it('finds none where nothing is told', () => {
    expect(parseHierarchies('', '')).toEqual([]);
  });
});
