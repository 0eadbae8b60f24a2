// SPDX-License-Identifier: Apache-2.0
import { compareBytes, isSameJson } from '@fairlead/base';
import type { DomainName, Unit } from '@fairlead/target';

/** Keys from the unit down to a value; parts of lists go by their names. */
type Path = readonly string[];

/** Names of what differs between two versions of a unit, as people write them in running configs and pods; sorted by bytes. */
export function writtenFields(before: Unit, after: Unit): readonly string[] {
  const paths = differences(before, after, []);
  return [...new Set(paths.map((path) => writtenName(after, path)))].sort(compareBytes);
}

function differences(before: unknown, after: unknown, path: Path): readonly Path[] {
  const [old, now] = [partsOf(before), partsOf(after)];
  if (old === undefined || now === undefined || before === undefined || after === undefined)
    return isSameJson(before, after) ? [] : [path];
  if (old.get('kind') !== now.get('kind')) return [path];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((key) =>
    differences(old.get(key), now.get(key), [...path, key]),
  );
}

/** What a value is made of; undefined for one that is shown as a whole. Lists are taken apart where each part has a name. */
function partsOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const named = value.map((part: unknown) => [nameOf(part), part] as const);
  const isNamed = named.length > 0 && named.every(([name]) => name !== undefined);
  return isNamed ? new Map(named.map(([name = '', part]) => [name, part])) : undefined;
}

function nameOf(part: unknown): string | undefined {
  if (typeof part !== 'object' || part === null) return undefined;
  const { name, path, reference } = part as Readonly<Record<string, unknown>>;
  return [name, path, reference].find((key) => typeof key === 'string');
}

function writtenName(unit: Unit, path: Path): string {
  const [first = '', ...rest] = path;
  if (unit.domain === 'jobs' && first === 'members') return memberField(unit.name, rest);
  const isPod = unit.domain !== 'jobs' || unit.attributes !== undefined;
  const tables = [isPod ? podNames : runningNames, names[unit.domain]];
  for (let length = path.length; length > 0; length -= 1) {
    const key = path.slice(0, length).join('.');
    const written = tables.map((table) => table[key]).find((name) => name !== undefined);
    if (written !== undefined) return [written, ...path.slice(length)].join('.');
  }
  return path.join('.');
}

/** A member of a composite is named, the one member of a single job is the unit itself. */
function memberField(unit: string, [member = '', part = '', ...rest]: Path): string {
  const inMember = (...names: Path): string => (member === unit ? names : [member, ...names]).join('.');
  switch (part) {
    case '':
      return member;
    case 'definition':
      return inMember(...(rest.length === 0 ? ['definition'] : rest));
    case 'image':
      return inMember(part, ...rest.map(artifactField));
    case 'configs':
      return inMember(part, ...rest.slice(0, -1), ...rest.slice(-1).map(artifactField));
    default:
      return inMember(part, ...rest);
  }
}

function artifactField(key: string): string {
  return { digest: 'checksum', md5: 'checksum', format: 'image_type' }[key] ?? key;
}

type Names = Readonly<Record<string, string>>;

/** A job of a running config. */
const runningNames: Names = {
  program: 'exec_cmd',
  args: 'exec_args',
  autostart: 'no_autostart',
  requires: 'depends_on',
};

/** A container of a pod, whatever its domain. */
const podNames: Names = {
  program: 'entrypoint',
  args: 'arguments',
  'attributes.triggers': 'triggers',
  'attributes.triggers.intervalSeconds': 'triggers.interval',
  'attributes.runlevel': 'runlevel',
  'attributes.background': 'background',
  'attributes.critical': 'critical',
  'attributes.health': 'health',
  'attributes.health.intervalMs': 'health.interval',
  'attributes.health.timeoutMs': 'health.timeout',
  'attributes.health.startPeriodMs': 'health.start-period',
  'attributes.health.windowMs': 'health.window',
  'attributes.resources': 'resources',
  'attributes.resources.memoryBytes': 'resources.memory',
  'attributes.resources.milliCpus': 'resources.cpus',
};

const names: Readonly<Record<DomainName, Names>> = {
  jobs: {
    inheritEnv: 'inherit_env',
    originId: 'send_grease_origin_id',
    dieWithAgent: 'die_on_parent_death',
    'stdin.text': 'message',
    'stdin.processConfig': 'composite_config',
    ready: 'wait_for_ok',
    'ready.timeoutMs': 'timeout_for_ok',
    'ready.ms': 'defer_running_status',
    'restart.enabled': 'restart',
    'restart.limit': 'restart_limit',
    'restart.pauseMs': 'restart_pause',
    'restart.onDependencyFail': 'restart_on_dependency_fail',
    'stop.graceMs': 'stop_timeout',
    memoryLimit: 'cgroup.mem_limit',
    chroot: 'chroot_image',
    'chroot.path': 'chroot_path',
  },
  containers: {
    command: 'arguments',
    'image.reference': 'image',
    requiredImages: 'required-tags',
    purge: 'purge-data',
  },
  firmware: {
    'firmware.url': 'firmware',
  },
};
