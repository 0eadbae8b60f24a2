// SPDX-License-Identifier: Apache-2.0
import type { Artifact } from './artifact.ts';
import type { JobDefinition } from './job-definition.ts';
import type { UnitAttributes } from './unit-attributes.ts';

/** A supervised process: a single job, or the one process of a composite group. */
export interface JobUnit {
  readonly domain: 'jobs';
  /** Name of the job, or the composite id of the group. */
  readonly name: string;
  /** Known and kept switched, but not started. */
  readonly disabled: boolean;
  /** False: registered, started only on request. */
  readonly autostart: boolean;
  /** Names of units, of any domain, that must be ready before this one starts; sorted by bytes. */
  readonly requires: readonly string[];
  /** Path or name of the program; {{IMAGE}} {{CONFIG}} {{JOB}} {{THISDIR}} {{CWD}} are left for the device, here and in args and env. */
  readonly program: string;
  /** Arguments without the program. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly inheritEnv: boolean;
  /** Sets GREASE_ORIGIN_ID to a number of each run. */
  readonly originId: boolean;
  readonly daemonize: boolean;
  readonly dieWithAgent: boolean;
  readonly stdin: JobStdin;
  readonly ready: JobReadiness;
  readonly restart: JobRestart;
  /** graceMs: from the request to end until it is killed, in milliseconds; null: the agent's default. */
  readonly stop: { readonly graceMs: number | null };
  readonly user: string | null;
  readonly group: string | null;
  /** Bytes. */
  readonly memoryLimit: number | null;
  /** Absent: `plainAttributes`. Memory is bounded by `memoryLimit`, never here. Only in targets of format 2. */
  readonly attributes?: UnitAttributes;
  readonly chroot: JobChroot;
  /** One for a single job (its own name); those of a composite by name, disabled ones left out. */
  readonly members: readonly JobMember[];
}

export type JobStdin =
  | { readonly kind: 'none' }
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'composite'; readonly processConfig: string | null };

export type JobReadiness =
  | { readonly kind: 'started' }
  /** timeoutMs: milliseconds until it counts as failed; 0: no limit. */
  | { readonly kind: 'ok-string'; readonly timeoutMs: number }
  | { readonly kind: 'delay'; readonly ms: number };

export interface JobRestart {
  readonly enabled: boolean;
  /** Restarts without a healthy period between; 0: unlimited. */
  readonly limit: number;
  /** Milliseconds. */
  readonly pauseMs: number;
  /** True: stopped and started again when a unit that it requires leaves its ready state. */
  readonly onDependencyFail: boolean;
}

export type JobChroot =
  { readonly kind: 'none' } | { readonly kind: 'image' } | { readonly kind: 'path'; readonly path: string };

export interface JobMember {
  readonly name: string;
  readonly image: JobImage | null;
  /** Every config of this job, by name. */
  readonly configs: readonly JobConfig[];
  /** Name of the config in use, one of `configs`. */
  readonly config: string | null;
  /** What the group's process reads about this member on stdin; null where nothing is sent. */
  readonly definition: JobDefinition | null;
}

export interface JobImage extends Artifact {
  readonly version: string;
}

export interface JobConfig {
  readonly name: string;
  /** As written in the running config, decoded on the device by `encoding`. */
  readonly data: string | null;
  readonly encoding: 'utf8' | 'base64';
  readonly files: readonly JobConfigFile[];
}

export interface JobConfigFile extends Artifact {
  /** Under the config folder of the job: relative, with '/', without '.' and '..'. */
  readonly path: string;
}
