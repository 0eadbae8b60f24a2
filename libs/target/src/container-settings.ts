// SPDX-License-Identifier: Apache-2.0
import type { ContainerDevice, ContainerMount, ContainerTmpfs, VolumesOf } from './container-files.ts';
import type {
  ContainerNetwork,
  ContainerPort,
  ExposedPort,
  ExtraHost,
  NetworkAttachment,
} from './container-network.ts';

/**
 * How a container runs, in no engine's words: what Kanto's component table and AutoPi's startup parameters can say, each thing in one
 * way. Nothing is left to be assumed: every field is there, and null is the image's or the engine's own choice. Memory, processors
 * and processes are bounded by `attributes.resources`. Lists are sorted by bytes where their order means nothing.
 */
export interface ContainerSettings {
  /** Null: the image's; empty: none, so that `command` alone is run. */
  readonly entrypoint: readonly string[] | null;
  /** Arguments after the entrypoint, in order; null: the image's. */
  readonly command: readonly string[] | null;
  /** Over the image's; null takes the image's variable away. */
  readonly env: Readonly<Record<string, string | null>>;
  readonly workingDir: string | null;
  /** Name or number, with or without `:group`. */
  readonly user: string | null;
  /** Further groups of the process; sorted. */
  readonly groups: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly tty: boolean;
  /** Keeps standard input open. */
  readonly stdin: boolean;
  /** signal: like `SIGTERM`, null: the image's. graceMs: until it is killed, in milliseconds; null: the agent's default. */
  readonly stop: { readonly signal: string | null; readonly graceMs: number | null };
  readonly restart: ContainerRestart;
  readonly log: ContainerLog;

  readonly privileged: boolean;
  /** Upper case without `CAP_`, or `ALL`; sorted. */
  readonly capabilities: { readonly add: readonly string[]; readonly drop: readonly string[] };
  readonly security: ContainerSecurity;
  readonly readOnlyRoot: boolean;

  /** By path in the container, so that outer ones come first. */
  readonly mounts: readonly ContainerMount[];
  readonly tmpfs: readonly ContainerTmpfs[];
  /** By path in the container. */
  readonly devices: readonly ContainerDevice[];
  readonly volumesFrom: readonly VolumesOf[];
  /** Size of `/dev/shm` in bytes. */
  readonly shmBytes: number | null;

  readonly network: ContainerNetwork;
  /** Further networks, which are there already; by name. */
  readonly networks: readonly NetworkAttachment[];
  /** By their canonical JSON, as are `exposed` and `extraHosts`. */
  readonly ports: readonly ContainerPort[];
  /** Ports that it is known to listen on but that are not published. */
  readonly exposed: readonly ExposedPort[];
  readonly hostname: string | null;
  readonly domainName: string | null;
  /** Further lines of `/etc/hosts`. */
  readonly extraHosts: readonly ExtraHost[];
  /** In order of preference. */
  readonly dns: {
    readonly servers: readonly string[];
    readonly search: readonly string[];
    readonly options: readonly string[];
  };

  readonly pid: Namespace;
  readonly ipc: Namespace | { readonly kind: 'none' } | { readonly kind: 'shareable' };
  /** True: users are those of the host even where the engine maps them. */
  readonly hostUsers: boolean;

  /** Memory and swap together, in bytes; null: what the engine makes of the memory limit. */
  readonly swapBytes: number | 'unlimited' | null;
  /** Bytes that it is pushed back to when memory is short. */
  readonly memoryReservationBytes: number | null;
  /** Weight among containers that want the processors; engines take 1024 where nothing is said. */
  readonly cpuShares: number | null;
  /** Processors that it may use, like `0-2,5`. */
  readonly cpuSet: string | null;
  /** From -1000 (spared) to 1000 (first to be killed). */
  readonly oomScoreAdj: number | null;
  /** By name, like `nofile`; -1 is unlimited. */
  readonly ulimits: Readonly<Record<string, { readonly soft: number; readonly hard: number }>>;
  readonly sysctls: Readonly<Record<string, string>>;
}

/** What follows when it ends by itself. */
export type ContainerRestart =
  | { readonly kind: 'no' }
  | { readonly kind: 'always' }
  | { readonly kind: 'unless-stopped' }
  /** limit: 0 is unlimited. maxPauseMs: longest pause before a restart, in milliseconds; null: the agent's default. */
  | { readonly kind: 'on-failure'; readonly limit: number; readonly maxPauseMs: number | null };

export type ContainerLog =
  | { readonly kind: 'none' }
  /**
   * Files of at most so many bytes, the newest of them kept. folder: where, null: the engine's own. bufferBytes: what may wait to be
   * written before output is dropped; null: nothing is dropped, the program waits.
   */
  | {
      readonly kind: 'files';
      readonly files: number;
      readonly fileBytes: number;
      readonly folder: string | null;
      readonly bufferBytes: number | null;
    }
  /** A log driver that the engine must have. */
  | {
      readonly kind: 'driver';
      readonly name: string;
      readonly options: Readonly<Record<string, string>>;
    };

export interface ContainerSecurity {
  readonly noNewPrivileges: boolean;
  /** Name of a profile on the device, or `unconfined`. */
  readonly apparmor: string | null;
  /** The profile itself as JSON, or `unconfined`. */
  readonly seccomp: string | null;
  /** Options of the SELinux label, like `type:svirt_t` or `disable`; sorted. */
  readonly selinux: readonly string[];
}

export type Namespace =
  | { readonly kind: 'private' }
  | { readonly kind: 'host' }
  | { readonly kind: 'container'; readonly name: string };

/** Of a container about which nothing is said. */
export const plainContainerSettings: ContainerSettings = {
  entrypoint: null,
  command: null,
  env: {},
  workingDir: null,
  user: null,
  groups: [],
  labels: {},
  tty: false,
  stdin: false,
  stop: { signal: null, graceMs: null },
  restart: { kind: 'no' },
  log: { kind: 'files', files: 3, fileBytes: 10 * 2 ** 20, folder: null, bufferBytes: null },
  privileged: false,
  capabilities: { add: [], drop: [] },
  security: { noNewPrivileges: false, apparmor: null, seccomp: null, selinux: [] },
  readOnlyRoot: false,
  mounts: [],
  tmpfs: [],
  devices: [],
  volumesFrom: [],
  shmBytes: null,
  network: { kind: 'bridge' },
  networks: [],
  ports: [],
  exposed: [],
  hostname: null,
  domainName: null,
  extraHosts: [],
  dns: { servers: [], search: [], options: [] },
  pid: { kind: 'private' },
  ipc: { kind: 'private' },
  hostUsers: false,
  swapBytes: null,
  memoryReservationBytes: null,
  cpuShares: null,
  cpuSet: null,
  oomScoreAdj: null,
  ulimits: {},
  sysctls: {},
};
