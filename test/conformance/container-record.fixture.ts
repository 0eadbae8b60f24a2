// SPDX-License-Identifier: Apache-2.0
import type {
  ContainerDevice,
  ContainerMount,
  ContainerPort,
  ContainerSettings,
  KantoContainer,
} from '@fairlead/target';

/** Settings in the words of Kanto's container records. */
export function containerRecord({
  name,
  image,
  settings,
  resources,
}: KantoContainer): Readonly<Record<string, unknown>> {
  const { command, env } = settings;
  const variables = Object.entries(env).map(([key, value]) => (value === null ? key : `${key}=${value}`));
  return {
    container_name: name,
    image: { name: image },
    domain_name: settings.domainName,
    host_name: settings.hostname,
    mount_points: orNull(settings.mounts.map(mountRecord)),
    config: command === null && variables.length === 0 ? null : { env: orNull(variables), cmd: command },
    host_config: {
      devices: orNull(settings.devices.map(deviceRecord)),
      network_mode: settings.network.kind,
      privileged: settings.privileged,
      restart_policy: restartRecord(settings.restart),
      runtime: 'io.containerd.runc.v2',
      extra_hosts: null,
      extra_capabilities: null,
      port_mappings: orNull(settings.ports.map(portRecord)),
      log_config: logRecord(settings.log),
      resources: resourcesRecord(settings, resources.memoryBytes),
    },
    io_config: {
      attach_stderr: false,
      attach_stdin: false,
      attach_stdout: false,
      open_stdin: settings.stdin,
      stdin_once: false,
      tty: settings.tty,
    },
  };
}

function orNull<T>(items: readonly T[]): readonly T[] | null {
  return items.length === 0 ? null : items;
}

export function portRecord({ hostAddress, hostPorts, port, protocol }: ContainerPort) {
  return {
    proto: protocol,
    container_port: port,
    host_ip: hostAddress,
    host_port: hostPorts?.first ?? 0,
    host_port_end: hostPorts?.last ?? 0,
  };
}

export function deviceRecord({ path, target, permissions }: ContainerDevice) {
  return { path_on_host: path, path_in_container: target, cgroup_permissions: permissions };
}

export function mountRecord({ source, target }: ContainerMount) {
  const { path, propagation } = source.kind === 'host' ? source : { path: '', propagation: '' };
  return { destination: target, source: path, propagation_mode: propagation };
}

function restartRecord(restart: ContainerSettings['restart']) {
  const { limit, maxPauseMs } = restart.kind === 'on-failure' ? restart : { limit: 0, maxPauseMs: 0 };
  return { maximum_retry_count: limit, retry_timeout: (maxPauseMs ?? 0) * 1_000_000, type: restart.kind };
}

function logRecord(log: ContainerSettings['log']) {
  if (log.kind !== 'files') return { driver_config: { type: log.kind }, mode_config: { mode: 'blocking' } };
  const { files, fileBytes, bufferBytes } = log;
  return {
    driver_config: { type: 'json-file', max_files: files, max_size: megabytes(fileBytes) },
    mode_config:
      bufferBytes === null
        ? { mode: 'blocking' }
        : { mode: 'non-blocking', max_buffer_size: megabytes(bufferBytes) },
  };
}

function resourcesRecord(
  { swapBytes, memoryReservationBytes }: ContainerSettings,
  memoryBytes: number | null,
): Readonly<Record<string, string>> | null {
  const entries = [
    ['memory', memoryBytes],
    ['memory_reservation', memoryReservationBytes],
    ['memory_swap', swapBytes],
  ] as const;
  const given = entries.filter(([, bytes]) => bytes !== null);
  if (given.length === 0) return null;
  return Object.fromEntries(
    given.map(([key, bytes]) => [key, typeof bytes === 'number' ? megabytes(bytes) : '-1']),
  );
}

function megabytes(bytes: number): string {
  return `${String(bytes / 2 ** 20)}M`;
}
