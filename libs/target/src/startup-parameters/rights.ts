// SPDX-License-Identifier: Apache-2.0
import { canonicalTexts } from '../canonical-list.ts';
import type { ContainerSecurity, ContainerSettings, Namespace } from '../container-settings.ts';
import { isEngineName, isProfile, isSysctl } from '../names.ts';
import type { Resources } from '../unit-attributes.ts';
import type { ParameterName } from './parameter-names.ts';
import type { ParameterReader } from './parameter-reader.ts';
import { flag, listOf, pairs, size, whole, word, words, type Parse } from './values.ts';

type Rights = Pick<
  ContainerSettings,
  | 'privileged'
  | 'capabilities'
  | 'security'
  | 'pid'
  | 'ipc'
  | 'hostUsers'
  | 'swapBytes'
  | 'memoryReservationBytes'
  | 'cpuShares'
  | 'cpuSet'
  | 'oomScoreAdj'
  | 'ulimits'
  | 'sysctls'
>;

/** What it may do and see of the device, and how much of it it may take. */
export function rightsOf(
  reader: ParameterReader,
  given: Resources,
): Rights & { readonly resources: Resources } {
  const memoryBytes = boundOf(reader, 'mem_limit', size, given.memoryBytes);
  return {
    privileged: reader.read('privileged', flag) ?? false,
    capabilities: {
      add: canonicalTexts(reader.read('cap_add', listOf(capability)) ?? []),
      drop: canonicalTexts(reader.read('cap_drop', listOf(capability)) ?? []),
    },
    security: reader.read('security_opt', security) ?? plainSecurity,
    pid: reader.read('pid_mode', namespace) ?? { kind: 'private' },
    ipc: reader.read('ipc_mode', ipc) ?? { kind: 'private' },
    hostUsers: reader.read('userns_mode', users) ?? false,
    resources: {
      ...given,
      memoryBytes,
      pids: boundOf(reader, 'pids_limit', whole(1), given.pids),
    },
    swapBytes: swapOf(reader, memoryBytes),
    memoryReservationBytes: reservationOf(reader, memoryBytes),
    cpuShares: reader.read('cpu_shares', whole(2, 262_144)) ?? null,
    cpuSet: reader.read('cpuset_cpus', cpuSet) ?? null,
    oomScoreAdj: reader.read('oom_score_adj', whole(-1_000, 1_000)) ?? null,
    ulimits: reader.read('ulimits', ulimits) ?? {},
    sysctls: reader.read('sysctls', sysctls) ?? {},
  };
}

const capability: Parse<string> = (value, refuse) => {
  const [, name] = /^(?:CAP_)?([A-Z][A-Z_]{1,40})$/.exec((word(value, refuse) ?? 'ALL').toUpperCase()) ?? [];
  return name ?? refuse('the name of a capability is needed', 'Write it like NET_ADMIN, or ALL.');
};

const plainSecurity: ContainerSecurity = {
  noNewPrivileges: false,
  apparmor: null,
  seccomp: null,
  selinux: [],
};

const security: Parse<ContainerSecurity> = (value, refuse) => {
  let found = plainSecurity;
  for (const option of words(value, refuse) ?? []) {
    const [name = '', text = ''] = option.split(/[=:](.*)/s);
    if (name === 'no-new-privileges' && (text === '' || text === 'true' || text === 'false'))
      found = { ...found, noNewPrivileges: text !== 'false' };
    else if (name === 'apparmor' && isProfile(text)) found = { ...found, apparmor: text };
    else if (name === 'seccomp' && text !== '') found = { ...found, seccomp: text };
    else if (name === 'label' && text !== '')
      found = { ...found, selinux: canonicalTexts([...found.selinux, text]) };
    else return refuse(`'${option}' is none of no-new-privileges, apparmor=…, seccomp=…, label=…`);
  }
  return found;
};

const namespace: Parse<Namespace> = (value, refuse) => {
  const mode = word(value, refuse);
  if (mode === 'host') return { kind: 'host' };
  const name = mode?.startsWith('container:') === true ? mode.slice('container:'.length) : '';
  return isEngineName(name) ? { kind: 'container', name } : refuse('host or container:<name> is needed');
};

const ipc: Parse<ContainerSettings['ipc']> = (value, refuse) =>
  value === 'none' || value === 'shareable' || value === 'private'
    ? { kind: value }
    : namespace(value, refuse);

const users: Parse<boolean> = (value, refuse) => value === 'host' || refuse("only 'host' is taken");

/** A bound that may be given as a resource too, but not otherwise. */
function boundOf(
  reader: ParameterReader,
  name: ParameterName,
  parse: Parse<number>,
  given: number | null,
): number | null {
  const bound = reader.read(name, parse) ?? null;
  if (bound !== null && given !== null && bound !== given)
    reader.conflict(name, "it says otherwise than the container's resources", 'Leave it out.');
  return bound ?? given;
}

const sysctls: Parse<ContainerSettings['sysctls']> = (value, refuse) => {
  const found = pairs()(value, refuse);
  const wrong = Object.keys(found ?? {}).find((name) => !isSysctl(name));
  return wrong === undefined ? found : refuse(`'${wrong}' is no name like net.ipv4.ip_forward`);
};

/** Memory and swap together; -1: without a bound. */
function swapOf(reader: ParameterReader, memory: number | null): ContainerSettings['swapBytes'] {
  const swap = reader.read<number | 'unlimited'>('memswap_limit', (value, refuse) =>
    value === -1 || value === '-1' ? 'unlimited' : size(value, refuse),
  );
  if (typeof swap === 'number' && (memory === null || swap < memory)) {
    reader.conflict(
      'memswap_limit',
      'it counts memory and swap together, so it needs a mem_limit that is not larger',
    );
  }
  return swap ?? null;
}

function reservationOf(reader: ParameterReader, memory: number | null): number | null {
  const reserved = reader.read('mem_reservation', size) ?? null;
  if (reserved !== null && reserved > (memory ?? reserved))
    reader.conflict('mem_reservation', 'it cannot be more than mem_limit');
  return reserved;
}

/** Processors and ranges of them, in rising order and without gaps in the writing. */
const cpuSet: Parse<string> = (value, refuse) => {
  const text = typeof value === 'number' ? String(value) : (word(value, refuse) ?? '');
  if (text.length > 255 || !/^\d{1,3}(?:-\d{1,3})?(?:,\d{1,3}(?:-\d{1,3})?)*$/.test(text))
    return refuse('processors are needed', 'Write them like 0-2,5.');
  const chosen = new Set<number>();
  for (const part of text.split(',')) {
    const [first = 0, last = first] = part.split('-').map(Number);
    if (last < first) return refuse(`the range ${part} runs backwards`);
    for (let cpu = first; cpu <= last; cpu += 1) chosen.add(cpu);
  }
  const runs: [number, number][] = [];
  for (const cpu of [...chosen].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run?.[1] === cpu - 1) run[1] = cpu;
    else runs.push([cpu, cpu]);
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${String(from)}-${String(to)}`)).join(',');
};

/** `name=soft[:hard]`; -1: without a bound. */
const ulimits: Parse<ContainerSettings['ulimits']> = (value, refuse) => {
  const found = Object.entries(pairs()(value, refuse) ?? {}).map(([name, text]) => {
    const [, soft, hard = soft] = /^(-1|\d{1,15})(?::(-1|\d{1,15}))?$/.exec(text) ?? [];
    const limits = { soft: Number(soft), hard: Number(hard) };
    const fits = limits.hard === -1 || (limits.soft !== -1 && limits.soft <= limits.hard);
    if (soft === undefined || !/^[a-z]{1,20}$/.test(name) || !fits)
      refuse(
        `'${name}=${text}' is no limit`,
        'Write it like nofile=1024:2048, the soft one not above the hard one.',
      );
    return [name, limits] as const;
  });
  return Object.fromEntries(found);
};
