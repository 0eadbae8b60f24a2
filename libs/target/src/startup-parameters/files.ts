// SPDX-License-Identifier: Apache-2.0
import { sortedBy } from '@fairlead/base';
import {
  mountPropagations,
  type ContainerDevice,
  type ContainerMount,
  type ContainerTmpfs,
  type MountPropagation,
  type VolumesOf,
} from '../container-files.ts';
import type { ContainerSettings } from '../container-settings.ts';
import { isDictionary } from '../dictionary.ts';
import { isEngineName } from '../names.ts';
import { normalPath } from '../normal-path.ts';
import type { ParameterName } from './parameter-names.ts';
import type { ParameterReader } from './parameter-reader.ts';
import { flag, inside, listOf, named, size, word, type Parse, type Refuse } from './values.ts';

/** What stands in its file tree though it is not of the image. */
export function filesOf(
  reader: ParameterReader,
): Pick<ContainerSettings, 'readOnlyRoot' | 'mounts' | 'tmpfs' | 'devices' | 'volumesFrom' | 'shmBytes'> {
  const binds = reader.read('binds', bindList) ?? [];
  const volumes = reader.read('volumes', listOf(volume)) ?? [];
  const tmpfs = reader.read('tmpfs', tmpfsList) ?? [];
  const taken = new Set<string>();
  const claim = (name: ParameterName, mounts: readonly { readonly target: string }[]): void => {
    for (const { target } of mounts) {
      if (taken.has(target)) reader.conflict(name, `'${target}' of the container is taken already`);
      taken.add(target);
    }
  };
  claim('binds', binds);
  claim('volumes', volumes);
  claim('tmpfs', tmpfs);
  return {
    readOnlyRoot: reader.read('read_only', flag) ?? false,
    mounts: sortedBy([...binds, ...volumes], ({ target }) => target),
    tmpfs: sortedBy(tmpfs, ({ target }) => target),
    devices: devicesOf(reader),
    volumesFrom: sortedBy(reader.read('volumes_from', volumesFrom) ?? [], ({ container }) => container),
    shmBytes: reader.read('shm_size', size) ?? null,
  };
}

/** `source:target[:mode]` as a list or with commas, or Docker's `{source: {bind, mode}}`. */
const bindList: Parse<readonly ContainerMount[]> = (value, refuse) => {
  if (!isDictionary(value)) {
    return typeof value === 'string' || Array.isArray(value)
      ? listOf(bind)(value, refuse)
      : refuse('a list of source:target[:mode] is needed');
  }
  return Object.entries(value).flatMap(([source, to]) => {
    const { bind: target, mode = 'rw' } = isDictionary(to) ? to : { bind: to };
    return bind(`${source}:${String(target)}:${String(mode)}`, inside(refuse, [source])) ?? [];
  });
};

const bind: Parse<ContainerMount> = (value, refuse) => {
  const text = word(value, refuse);
  if (text === null) return null;
  const [from = '', to = '', modes = '', ...more] = text.split(':');
  if (to === '' || more.length > 0) return refuse('source:target[:mode] is needed');
  const target = targetOf(to, refuse);
  return target === null ? null : withModes(from, { target, modes }, refuse);
};

function withModes(
  from: string,
  { target, modes }: { readonly target: string; readonly modes: string },
  refuse: Refuse,
): ContainerMount | null {
  let readOnly = false;
  let relabel: 'private' | 'shared' | undefined;
  let propagation: MountPropagation | undefined;
  for (const mode of modes === '' ? [] : modes.split(',')) {
    const spread = mountPropagations.find((known) => known === mode);
    if (spread !== undefined) propagation = spread;
    else if (mode === 'ro' || mode === 'rw') readOnly = mode === 'ro';
    else if (mode === 'z' || mode === 'Z') relabel = mode === 'z' ? 'shared' : 'private';
    else return refuse(`'${mode}' is none of ro, rw, z, Z, ${mountPropagations.join(', ')}`);
  }
  const path = normalPath(from);
  if (path !== undefined) {
    const how = { propagation: propagation ?? 'rprivate', relabel: relabel ?? 'none' } as const;
    return { source: { kind: 'host', path, ...how }, target, readOnly };
  }
  if (!isEngineName(from))
    return refuse(`'${from}' is no absolute path without '..', nor the name of a volume`);
  if (relabel !== undefined || propagation !== undefined)
    return refuse(`'${modes}' is for folders of the host; a volume takes ro and rw`);
  return { source: { kind: 'volume', name: from }, target, readOnly };
}

const volume: Parse<ContainerMount> = (value, refuse) => {
  const path = word(value, refuse);
  if (path === null) return null;
  if (path.includes(':'))
    return refuse(`'${path}' is a bind, and would mount nothing as a volume`, 'Move it to binds.');
  const target = targetOf(path, refuse);
  return target === null ? null : { source: { kind: 'anonymous' }, target, readOnly: false };
};

function targetOf(path: string, refuse: Refuse): string | null {
  const target = normalPath(path);
  return target === undefined || target === '/'
    ? refuse(`'${path}' is no absolute path inside the container`)
    : target;
}

/** Paths with mount options: a mapping, or a list of `path[:options]`. */
const tmpfsList: Parse<readonly ContainerTmpfs[]> = (value, refuse) =>
  named(typeof value === 'string' ? [value] : value, refuse)?.flatMap(([written, given]) => {
    const [path = '', inline = ''] = given === null ? written.split(/:(.*)/s) : [written];
    const target = targetOf(path, refuse);
    const options = given ?? inline;
    if (typeof options !== 'string') refuse(`the options of '${path}' are no text`);
    if (typeof options !== 'string' || target === null) return [];
    return tmpfsOf(target, options, refuse) ?? [];
  }) ?? null;

const switches: Readonly<Record<string, Partial<ContainerTmpfs>>> = {
  ro: { readOnly: true },
  rw: { readOnly: false },
  exec: { exec: true },
  noexec: { exec: false },
  suid: { suid: true },
  nosuid: { suid: false },
  dev: { dev: true },
  nodev: { dev: false },
};

function tmpfsOf(target: string, options: string, refuse: Refuse): ContainerTmpfs | null {
  let mount: ContainerTmpfs = {
    target,
    readOnly: false,
    exec: false,
    suid: false,
    dev: false,
    sizeBytes: null,
    mode: null,
  };
  for (const option of options === '' ? [] : options.split(',')) {
    const [name = '', value = ''] = option.split(/=(.*)/s);
    if (Object.hasOwn(switches, option)) mount = { ...mount, ...switches[option] };
    else if (name === 'size') mount = { ...mount, sizeBytes: size(value, refuse) ?? null };
    else if (name === 'mode' && /^[0-7]{1,4}$/.test(value))
      mount = { ...mount, mode: Number.parseInt(value, 8) };
    else return refuse(`'${option}' is none of ${Object.keys(switches).join(', ')}, size=…, mode=…`);
  }
  return mount;
}

function devicesOf(reader: ParameterReader): readonly ContainerDevice[] {
  const byTarget = new Map<string, ContainerDevice>();
  for (const one of reader.read('devices', listOf(device)) ?? []) {
    if (byTarget.has(one.target))
      reader.conflict('devices', `'${one.target}' of the container is taken already`);
    byTarget.set(one.target, one);
  }
  return sortedBy(byTarget.values(), ({ target }) => target);
}

/** `path[:target[:permissions]]`. */
const device: Parse<ContainerDevice> = (value, refuse) => {
  const text = word(value, refuse);
  if (text === null) return null;
  const [from = '', to = from, given = 'rwm', ...more] = text.split(':');
  const [path, target] = [normalPath(from), normalPath(to)];
  if (path === undefined || target === undefined || path === '/' || target === '/' || more.length > 0)
    return refuse('path[:target[:permissions]] is needed, both paths absolute');
  const permissions = ['r', 'w', 'm'].filter((letter) => given.includes(letter)).join('');
  return /^[rwm]{1,3}$/.test(given)
    ? { path, target, permissions }
    : refuse(`'${given}' is not one to three of r, w and m`);
};

/** `container[:ro|rw]`, each container once. */
const volumesFrom: Parse<readonly VolumesOf[]> = (value, refuse) => {
  const byName = new Map<string, VolumesOf>();
  for (const text of listOf(word)(value, refuse) ?? []) {
    const [container = '', mode = 'rw', ...more] = text.split(':');
    if (!isEngineName(container) || more.length > 0 || (mode !== 'ro' && mode !== 'rw'))
      return refuse(`'${text}' is no container[:ro]`);
    if (byName.has(container)) return refuse(`the container '${container}' stands twice`);
    byName.set(container, { container, readOnly: mode === 'ro' });
  }
  return [...byName.values()];
};
