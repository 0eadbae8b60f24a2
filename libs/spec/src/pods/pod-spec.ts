// SPDX-License-Identifier: Apache-2.0
import type { HealthCheck, Resources, Triggers } from '@fairlead/target';
import type { Origin } from './spec-node.ts';

/** Whose language a specification is written in. */
export type Dialect = 'fairlead' | 'artemis';

/**
 * What a pod specification means: flattened, its defaults written out. Paths are as their files write them, or relocated, where the
 * caller has done so; texts may still hold `{{vars.NAME}}`.
 */
export interface PodSpec {
  readonly dialect: Dialect;
  readonly name: string;
  /** How long the device may go without contact; null: it stays connected. */
  readonly maxOfflineSeconds: number | null;
  readonly runningConfigs: readonly { readonly path: string; readonly origin: Origin }[];
  /** Containers that somebody else created. */
  readonly removeContainers: readonly string[];
  /** The preferred first. */
  readonly connections: readonly PodConnection[];
  readonly containers: readonly PodContainer[];
  /** Keys that only Artemis knows, as they stand; empty in our dialect. */
  readonly foreign: ForeignKeys;
  /**
   * Texts with `{{vars.NAME}}` where the form decides what they mean: the default stands in their place. Empty once variables are
   * replaced in the flattened value and that is parsed again; what is left then is undefined.
   */
  readonly open: readonly OpenText[];
}

export type ForeignKeys = Readonly<Record<string, unknown>>;

export interface OpenText {
  /** Into what `printPod` gives. */
  readonly pointer: string;
  readonly text: string;
  readonly origin: Origin;
}

export type PodConnection =
  | {
      readonly type: 'wifi';
      readonly network: { readonly ssid: string; readonly password: string } | 'provisioned';
    }
  | { readonly type: 'ethernet'; readonly requires: readonly string[] }
  /** config: settings of the modem, in no form that is known here. */
  | {
      readonly type: 'cellular';
      readonly config: Readonly<Record<string, unknown>>;
      readonly requires: readonly string[];
    };

export interface PodContainer {
  readonly name: string;
  readonly origin: Origin;
  readonly kind: ContainerKind;
  readonly arguments: readonly string[];
  readonly requires: readonly string[];
  readonly triggers: Triggers;
  /** Pins of Artemis's devices; always empty in our dialect. Nothing on our devices pulls them. */
  readonly gpio: readonly GpioTrigger[];
  /** 1 critical, 2 priority, 3 normal. */
  readonly runlevel: 1 | 2 | 3;
  readonly background: boolean;
  readonly critical: boolean;
  readonly resources: Resources;
  readonly health: HealthCheck | null;
  readonly foreign: ForeignKeys;
}

export type ContainerKind =
  /** git: the path lies in a checkout of this branch or tag; null: beside the specification. */
  | { readonly kind: 'entrypoint'; readonly path: string; readonly git: GitSource | null }
  | { readonly kind: 'snapshot'; readonly path: string }
  | {
      readonly kind: 'image';
      readonly image: string;
      readonly update: 'download-then-kill' | 'kill-then-download' | 'hand-over';
      /** Tags of the same image. */
      readonly requiredTags: readonly string[];
      readonly purgeData: boolean;
      /** As they stand: their keys are the container engine's business. */
      readonly settings: Readonly<Record<string, unknown>>;
    }
  /** processor: null where the device has one only. */
  | {
      readonly kind: 'firmware';
      readonly path: string;
      readonly processor: string | null;
      readonly recovery: 'disabled' | 'enabled';
    };

interface GitSource {
  readonly url: string;
  readonly branch: string;
}

export interface GpioTrigger {
  readonly pin: number;
  readonly on: 'high' | 'low' | 'touch';
}

/** What holds where a specification says nothing. */
export const podDefaults = {
  triggers: { boot: true, install: false, intervalSeconds: null },
  noTriggers: { boot: false, install: false, intervalSeconds: null },
  resources: { memoryBytes: null, milliCpus: null, pids: null },
  update: 'download-then-kill',
  recovery: 'disabled',
  health: { intervalMs: 10_000, timeoutMs: 5_000, retries: 3, startPeriodMs: 0, windowMs: null },
  probeHost: '127.0.0.1',
} as const satisfies Readonly<Record<string, unknown>>;
