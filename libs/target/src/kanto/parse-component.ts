// SPDX-License-Identifier: Apache-2.0
import { err, ok, sortedBy, type Result } from '@fairlead/base';
import { canonicalList } from '../canonical-list.ts';
import { plainContainerSettings, type ContainerSettings } from '../container-settings.ts';
import { isHostname } from '../names.ts';
import { isUnitName } from '../limits.ts';
import type { ReportProblem, SettingProblem } from '../setting-problem.ts';
import type { Resources } from '../unit-attributes.ts';
import { createConfigReader, type ConfigReader, type Read } from './config-reader.ts';
import type { DesiredComponent } from './desired-state.ts';
import { parseExtraHost } from './extra-host.ts';
import { parseDevice, parseMount } from './files.ts';
import { readLog } from './log-settings.ts';
import { readMemory } from './memory-settings.ts';
import { parseBoolean } from './plain-values.ts';
import { parsePort } from './port.ts';
import { readRestart } from './restart-settings.ts';
import { parseArgument, parseVariable, parseWord } from './words.ts';

/** A component of the domain `containers`. */
export interface KantoContainer {
  readonly name: string;
  /** As written; for people, once there is an image. */
  readonly version: string;
  /** The reference as written, or `<id>:<version>`. */
  readonly image: string;
  readonly settings: ContainerSettings;
  readonly resources: Resources;
}

/**
 * A component's config as Kanto's own agent reads it, but strictly: what that drops, cuts or takes for something else is a problem.
 * Lists every problem; never throws.
 */
export function parseComponent(
  component: DesiredComponent,
): Result<KantoContainer, readonly SettingProblem[]> {
  const problems: SettingProblem[] = [];
  const report: ReportProblem = (problem) => problems.push(problem);
  const { id, version = '', config = [] } = component;
  checkName(id, report);
  const reader = createConfigReader(config, report);
  const image = reader.one('image', parseWord('an image'))?.value;
  if (image === undefined && version === '' && !config.some(({ key }) => key === 'image')) {
    report({
      path: ['version'],
      code: 'missing-key',
      message: `the container '${id}' has neither an image nor a version that would name one`,
      hint: 'Add an entry with the key image.',
    });
  }
  const { resources, swapBytes, memoryReservationBytes } = readMemory(reader);
  const settings: ContainerSettings = {
    ...plainContainerSettings,
    hostname: `${id}-host`,
    domainName: `${id}-domain`,
    tty: reader.one('terminal', parseBoolean)?.value ?? false,
    stdin: reader.one('interactive', parseBoolean)?.value ?? false,
    restart: readRestart(reader),
    log: readLog(reader),
    swapBytes,
    memoryReservationBytes,
    command: commandOf(reader),
    env: environmentOf(reader),
    mounts: onePerTarget(reader, reader.all('mount', parseMount)),
    ...rightsOf(reader),
    ...networkOf(reader),
  };
  return problems.length > 0
    ? err(problems)
    : ok({ name: id, version, image: image ?? `${id}:${version}`, settings, resources });
}

function checkName(id: string, report: ReportProblem): void {
  const path = ['id'];
  if (!isUnitName(id)) {
    report({
      path,
      code: 'invalid-name',
      message: `'${id.slice(0, 60)}' is not allowed as a name of a container`,
    });
  } else if (!isHostname(`${id}-host`)) {
    const message = `'${id}' is too long: its host name '${id}-host' would be longer than 64 characters`;
    report({ path, code: 'invalid-name', message });
  }
}

function commandOf(reader: ConfigReader): ContainerSettings['command'] {
  const words = reader.all('cmd', parseArgument).map(({ value }) => value);
  return words.length === 0 ? null : words;
}

function environmentOf(reader: ConfigReader): ContainerSettings['env'] {
  const env = new Map<string, string | null>();
  for (const { value: variable, index } of reader.all('env', parseVariable)) {
    const known = env.get(variable.name);
    if (known !== undefined && known !== variable.value) {
      reader.refuse(
        { index },
        { code: 'conflicting-settings', message: `the variable '${variable.name}' stands twice` },
      );
    }
    env.set(variable.name, variable.value);
  }
  return Object.fromEntries(env);
}

/** By target, each once. */
function onePerTarget<T extends { readonly target: string }>(
  reader: ConfigReader,
  items: readonly Read<T>[],
): readonly T[] {
  const byTarget = new Map<string, T>();
  for (const { value, index } of items) {
    if (byTarget.has(value.target)) {
      const message = `'${value.target}' of the container is taken already`;
      reader.refuse({ index }, { code: 'conflicting-settings', message });
    }
    byTarget.set(value.target, value);
  }
  return sortedBy(byTarget.values(), ({ target }) => target);
}

function rightsOf(reader: ConfigReader): Pick<ContainerSettings, 'privileged' | 'devices'> {
  const privileged = reader.one('privileged', parseBoolean)?.value ?? false;
  const devices = reader.all('device', parseDevice);
  for (const device of privileged ? devices : []) {
    reader.refuse(device, {
      code: 'conflicting-settings',
      message: 'a privileged container has every device of the host already',
      hint: 'Remove the device, or privileged.',
    });
  }
  return { privileged, devices: onePerTarget(reader, devices) };
}

function networkOf(reader: ConfigReader): Pick<ContainerSettings, 'network' | 'ports' | 'extraHosts'> {
  const kind = reader.one('network', parseNetwork)?.value ?? 'bridge';
  const ports = reader.all('port', parsePort);
  const hosts = reader.all('host', parseExtraHost);
  for (const port of kind === 'host' ? ports : []) {
    reader.refuse(port, {
      code: 'conflicting-settings',
      message: 'a container in the network of the host has all its ports: none can be mapped',
      hint: 'Remove the port, or the network.',
    });
  }
  for (const host of kind === 'host' ? hosts : []) {
    if (host.value.to.kind !== 'host') continue;
    reader.refuse(host, {
      code: 'conflicting-settings',
      message: 'host_ip says nothing in the network of the host',
      hint: `Write '${host.value.name}:127.0.0.1', or use the network bridge.`,
    });
  }
  return {
    network: { kind },
    ports: canonicalList(ports.map(({ value }) => value)),
    extraHosts: canonicalList(hosts.map(({ value }) => value)),
  };
}

function parseNetwork(text: string): Result<'bridge' | 'host', string> {
  return text === 'bridge' || text === 'host' ? ok(text) : err('write bridge or host');
}
