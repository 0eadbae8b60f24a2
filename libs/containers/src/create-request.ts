// SPDX-License-Identifier: Apache-2.0
import type {
  ContainerLog,
  ContainerMount,
  ContainerPort,
  ContainerTmpfs,
  ContainerUnit,
  NetworkAttachment,
} from '@fairlead/target';
import { pinned } from './image-name.ts';

/** The body of `POST /containers/create`, as far as it is written here. Absent: the image's, or the engine's own choice. */
export interface CreateRequest {
  readonly Image: string;
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env: readonly string[];
  readonly WorkingDir?: string;
  readonly User?: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Tty: boolean;
  readonly OpenStdin: boolean;
  readonly StopSignal?: string;
  readonly Hostname?: string;
  readonly Domainname?: string;
  readonly ExposedPorts: Readonly<Record<string, object>>;
  readonly Volumes: Readonly<Record<string, object>>;
  readonly HostConfig: Readonly<Record<string, unknown>>;
  readonly NetworkingConfig?: { readonly EndpointsConfig: Readonly<Record<string, Endpoint>> };
}

interface Endpoint {
  readonly Aliases: readonly string[];
  readonly IPAMConfig?: { readonly IPv4Address?: string; readonly IPv6Address?: string };
}

/** A further network, which a container is put into once it is created. */
export interface NetworkJoin {
  readonly network: string;
  readonly endpoint: Endpoint;
}

/**
 * The engine is told to restart nothing: it would start again, at its own start, what a transaction has stopped, and engines pause
 * differently or not at all. Restarts are the driver's.
 */
export function createRequest(unit: ContainerUnit, labels: Readonly<Record<string, string>>): CreateRequest {
  const { entrypoint, command, workingDir, user, stop, hostname, domainName, ports, exposed, mounts } = unit;
  const anonymous = mounts.filter(({ source }) => source.kind === 'anonymous');
  const primary = unit.networks.find(
    ({ name }) => unit.network.kind === 'named' && unit.network.name === name,
  );
  return {
    Image: pinned(unit.image),
    // An empty list would leave the image's in place.
    ...(entrypoint !== null && { Entrypoint: entrypoint.length === 0 ? [''] : entrypoint }),
    ...(command !== null && { Cmd: command }),
    Env: Object.entries(unit.env).map(([name, value]) => (value === null ? name : `${name}=${value}`)),
    ...(workingDir !== null && { WorkingDir: workingDir }),
    ...(user !== null && { User: user }),
    Labels: { ...unit.labels, ...labels },
    Tty: unit.tty,
    OpenStdin: unit.stdin,
    ...(stop.signal !== null && { StopSignal: stop.signal }),
    ...(hostname !== null && { Hostname: hostname }),
    ...(domainName !== null && { Domainname: domainName }),
    ExposedPorts: Object.fromEntries([...ports, ...exposed].map((port) => [portKey(port), {}])),
    Volumes: Object.fromEntries(anonymous.map(({ target }) => [target, {}])),
    HostConfig: hostConfig(unit),
    ...(primary !== undefined && {
      NetworkingConfig: { EndpointsConfig: { [primary.name]: endpointOf(primary) } },
    }),
  };
}

/** Networks beside the first one. */
export function furtherNetworks({ network, networks }: ContainerUnit): readonly NetworkJoin[] {
  return networks
    .filter(({ name }) => network.kind !== 'named' || network.name !== name)
    .map((attachment) => ({ network: attachment.name, endpoint: endpointOf(attachment) }));
}

function hostConfig(unit: ContainerUnit): Readonly<Record<string, unknown>> {
  const { resources } = unit.attributes;
  return {
    RestartPolicy: { Name: 'no' },
    LogConfig: logConfig(unit.log),
    Privileged: unit.privileged,
    CapAdd: unit.capabilities.add,
    CapDrop: unit.capabilities.drop,
    SecurityOpt: securityOptions(unit),
    ReadonlyRootfs: unit.readOnlyRoot,
    GroupAdd: unit.groups,
    Binds: unit.mounts.flatMap(bindOf),
    Tmpfs: Object.fromEntries(unit.tmpfs.map((tmpfs) => [tmpfs.target, tmpfsOptions(tmpfs)])),
    Devices: unit.devices.map(({ path, target, permissions }) => ({
      PathOnHost: path,
      PathInContainer: target,
      CgroupPermissions: permissions,
    })),
    ...(unit.shmBytes !== null && { ShmSize: unit.shmBytes }),
    NetworkMode: unit.network.kind === 'named' ? unit.network.name : unit.network.kind,
    PortBindings: portBindings(unit.ports),
    ExtraHosts: unit.extraHosts.map(
      ({ name, to }) => `${name}:${to.kind === 'address' ? to.address : 'host-gateway'}`,
    ),
    Dns: unit.dns.servers,
    DnsSearch: unit.dns.search,
    DnsOptions: unit.dns.options,
    ...(unit.pid.kind === 'host' && { PidMode: 'host' }),
    IpcMode: unit.ipc.kind,
    ...(unit.hostUsers && { UsernsMode: 'host' }),
    ...(resources.memoryBytes !== null && { Memory: resources.memoryBytes }),
    ...(resources.milliCpus !== null && { NanoCpus: resources.milliCpus * 1_000_000 }),
    ...(resources.pids !== null && { PidsLimit: resources.pids }),
    ...(unit.swapBytes !== null && { MemorySwap: unit.swapBytes === 'unlimited' ? -1 : unit.swapBytes }),
    ...(unit.memoryReservationBytes !== null && { MemoryReservation: unit.memoryReservationBytes }),
    ...(unit.cpuShares !== null && { CpuShares: unit.cpuShares }),
    ...(unit.cpuSet !== null && { CpusetCpus: unit.cpuSet }),
    ...(unit.oomScoreAdj !== null && { OomScoreAdj: unit.oomScoreAdj }),
    Ulimits: Object.entries(unit.ulimits).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard })),
    Sysctls: unit.sysctls,
  };
}

function logConfig(log: ContainerLog): object {
  switch (log.kind) {
    case 'none':
      return { Type: 'none' };
    case 'driver':
      return { Type: log.name, Config: log.options };
    case 'files':
      return {
        Type: 'json-file',
        Config: {
          'max-size': String(log.fileBytes),
          'max-file': String(log.files),
          ...(log.bufferBytes !== null && {
            mode: 'non-blocking',
            'max-buffer-size': String(log.bufferBytes),
          }),
        },
      };
  }
}

function securityOptions({ security }: ContainerUnit): readonly string[] {
  return [
    ...(security.noNewPrivileges ? ['no-new-privileges'] : []),
    ...(security.apparmor === null ? [] : [`apparmor=${security.apparmor}`]),
    ...(security.seccomp === null ? [] : [`seccomp=${security.seccomp}`]),
    ...security.selinux.map((option) => `label=${option}`),
  ];
}

function bindOf({ source, target, readOnly }: ContainerMount): readonly string[] {
  const access = readOnly ? 'ro' : 'rw';
  switch (source.kind) {
    case 'host': {
      const relabel = { none: [], private: ['Z'], shared: ['z'] }[source.relabel];
      return [[source.path, target, [access, source.propagation, ...relabel].join(',')].join(':')];
    }
    case 'volume':
      return [`${source.name}:${target}:${access}`];
    case 'anonymous':
      return [];
  }
}

function tmpfsOptions({ readOnly, exec, suid, dev, sizeBytes, mode }: ContainerTmpfs): string {
  return [
    readOnly ? 'ro' : 'rw',
    exec ? 'exec' : 'noexec',
    suid ? 'suid' : 'nosuid',
    dev ? 'dev' : 'nodev',
    ...(sizeBytes === null ? [] : [`size=${String(sizeBytes)}`]),
    ...(mode === null ? [] : [`mode=${mode.toString(8).padStart(4, '0')}`]),
  ].join(',');
}

function portBindings(ports: readonly ContainerPort[]): Readonly<Record<string, readonly object[]>> {
  const bindings: Record<string, object[]> = {};
  for (const port of ports) {
    const { hostAddress, hostPorts } = port;
    (bindings[portKey(port)] ??= []).push({
      HostIp: hostAddress ?? '',
      HostPort: hostPorts === null ? '' : portRange(hostPorts),
    });
  }
  return bindings;
}

function portRange({ first, last }: { readonly first: number; readonly last: number }): string {
  return first === last ? String(first) : `${String(first)}-${String(last)}`;
}

function portKey({ port, protocol }: Pick<ContainerPort, 'port' | 'protocol'>): string {
  return `${String(port)}/${protocol}`;
}

function endpointOf({ aliases, ipv4, ipv6 }: NetworkAttachment): Endpoint {
  return {
    Aliases: aliases,
    ...((ipv4 !== null || ipv6 !== null) && {
      IPAMConfig: {
        ...(ipv4 !== null && { IPv4Address: ipv4 }),
        ...(ipv6 !== null && { IPv6Address: ipv6 }),
      },
    }),
  };
}
