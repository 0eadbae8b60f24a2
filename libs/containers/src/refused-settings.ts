// SPDX-License-Identifier: Apache-2.0
import type { ContainerUnit } from '@fairlead/target';
import type { EngineKind } from './engine-api.ts';
import { labelPrefix } from './labels.ts';

/**
 * What a unit asks for and would not get from this engine, or not from this agent yet. It is refused before anything is touched:
 * left out, it would be a setting that silently does nothing.
 */
export function refusedSettings(unit: ContainerUnit, engine: EngineKind): readonly string[] {
  return [
    ...unknownToAgent(unit),
    ...unknownToAnyEngine(unit),
    ...(engine === 'podman' ? unknownToPodman(unit) : []),
  ];
}

function unknownToAgent(unit: ContainerUnit): readonly string[] {
  const { update, purge, network, pid, ipc, volumesFrom, extraHosts } = unit;
  const namesOther = [network, pid, ipc].some(({ kind }) => kind === 'container') || volumesFrom.length > 0;
  return [
    ...(update === 'download-then-kill' ? [] : [`update: ${update}`]),
    ...(purge.length === 0 ? [] : ['purge-data']),
    ...(namesOther ? ['namespaces and volumes of another container'] : []),
    ...(extraHosts.some(({ to }) => to.kind === 'container') ? ['the address of another container'] : []),
    ...(extraHosts.some(({ to }) => to.kind === 'host' && to.interface !== null)
      ? ['the address of an interface of the host']
      : []),
    ...(textsOf(unit).some((text) => placeholder.test(text))
      ? ['secrets and names of the device in its texts']
      : []),
  ];
}

const placeholder = /\{\{\s*(secrets\..+?|IMAGE|CONFIG|JOB|THISDIR|CWD|thisdir|cwd)\s*\}\}/;

function textsOf({ env, command, entrypoint }: ContainerUnit): readonly string[] {
  return [...Object.values(env).filter((value) => value !== null), ...(command ?? []), ...(entrypoint ?? [])];
}

function unknownToAnyEngine({ name, labels, log, mounts }: ContainerUnit): readonly string[] {
  const paths = mounts.flatMap(({ source, target }) =>
    source.kind === 'host' ? [source.path, target] : [target],
  );
  return [
    ...(name.length < 2 ? ['a name of one character'] : []),
    ...(Object.keys(labels).some((label) => label.startsWith(labelPrefix)) ? [`labels ${labelPrefix}*`] : []),
    ...(log.kind === 'files' && log.folder !== null ? ['a folder for the log'] : []),
    ...(paths.some((path) => path.includes(':')) ? ["a ':' in the path of a mount"] : []),
    ...(mounts.some(({ source, readOnly }) => source.kind === 'anonymous' && readOnly)
      ? ['an anonymous volume that is only read']
      : []),
  ];
}

/** What podman's service takes, answers well, and does not do. */
function unknownToPodman({ log, ports, security, env, domainName }: ContainerUnit): readonly string[] {
  return [
    ...(log.kind === 'files' && log.bufferBytes !== null
      ? ['output that is dropped rather than waited for']
      : []),
    ...(ports.some(({ hostPorts }) => hostPorts !== null && hostPorts.first !== hostPorts.last)
      ? ['the first free port of a range']
      : []),
    ...(security.seccomp !== null && security.seccomp !== 'unconfined'
      ? ['a seccomp profile of its own']
      : []),
    ...(Object.values(env).includes(null) ? ['a variable of the image taken away'] : []),
    ...(domainName === null ? [] : ['a domain name']),
  ];
}
