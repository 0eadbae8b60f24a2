// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { mountPropagations, type ContainerDevice, type ContainerMount } from '../container-files.ts';
import { normalPath } from '../normal-path.ts';

/** `host:container[:permissions]`; permissions some of r, w and m, all where nothing is said. */
export function parseDevice(text: string): Result<ContainerDevice, string> {
  const parts = text.trim().split(':');
  if (parts.length < 2 || parts.length > 3) return err('write host:container[:permissions]');
  const [path, target] = parts.map(normalPath);
  if (path === undefined || target === undefined) return err('both paths begin with /');
  const given = parts[2] ?? 'rwm';
  if (!/^[rwm]{1,3}$/.test(given)) return err(`'${given}' is not one to three of r, w and m`);
  const permissions = ['r', 'w', 'm'].filter((letter) => given.includes(letter)).join('');
  return ok({ path, target, permissions });
}

export function printDevice({ path, target, permissions }: ContainerDevice): string {
  return `${path}:${target}:${permissions}`;
}

/** `source:destination[:propagation]`: a file or folder of the host. There is no form for one that is read only. */
export function parseMount(text: string): Result<ContainerMount, string> {
  const parts = text.trim().split(':');
  if (parts.length < 2 || parts.length > 3) return err('write source:destination[:propagation]');
  const [path, target] = parts.map(normalPath);
  if (path === undefined || target === undefined) return err('both paths begin with /');
  if (target === '/') return err('nothing can be mounted over the root of a container');
  const given = parts[2] ?? 'rprivate';
  const propagation = mountPropagations.find((known) => known === given);
  if (propagation !== undefined)
    return ok({ source: { kind: 'host', path, propagation, relabel: 'none' }, target, readOnly: false });
  return err(
    given === 'ro'
      ? 'Kanto has no mounts that are read only'
      : `'${given}' is none of ${mountPropagations.join(', ')}`,
  );
}

export function printMount({ source, target }: ContainerMount): string {
  return source.kind === 'host' ? `${source.path}:${target}:${source.propagation}` : target;
}
