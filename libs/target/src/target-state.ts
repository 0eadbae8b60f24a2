// SPDX-License-Identifier: Apache-2.0
import { canonicalJson, sortedBy } from '@fairlead/base';
import { unitKey } from './canonical-target.ts';
import type { ContainerUnit } from './container-unit.ts';
import type { FirmwareUnit } from './firmware-unit.ts';
import type { JobUnit } from './job-unit.ts';

/**
 * What one device shall run, fully resolved: every reference pinned by digest, every template expanded. It holds nothing of the
 * commit, so that equal devices share digest and bytes. Units are in byte order of domain, then name; names are unique across domains.
 * No unit: the device is retired and runs nothing.
 */
export type TargetState =
  /** Jobs as running configs write them, applied at once: what the first agents read. */
  | { readonly format: 1; readonly units: readonly JobUnit[] }
  | { readonly format: 2; readonly settings: TargetSettings; readonly units: readonly Unit[] };

/** What holds for the device as a whole. */
export interface TargetSettings {
  readonly apply: ApplyWhen;
  /** How long the device may go without contact; null: it stays connected. */
  readonly maxOfflineSeconds: number | null;
  /** Containers that somebody else created: stopped, and removed once the revision stands; sorted by bytes. */
  readonly removeContainers: readonly string[];
}

/** When a staged revision may touch what runs. */
export type ApplyWhen =
  | { readonly kind: 'now' }
  | { readonly kind: 'idle' }
  /** From each time that the cron expression names, for this long; `zone` is an IANA name. */
  | { readonly kind: 'window'; readonly cron: string; readonly durationMs: number; readonly zone: string };

export type DomainName = 'jobs' | 'containers' | 'firmware';

/** One thing that a device runs. */
export type Unit = JobUnit | ContainerUnit | FirmwareUnit;

/** Of a group that says nothing of these. */
export const plainSettings: TargetSettings = {
  apply: { kind: 'now' },
  maxOfflineSeconds: null,
  removeContainers: [],
};

/** A target state of these units, in whatever order they are given, in the lowest format that can say it. */
export function createTarget(units: readonly Unit[], settings: TargetSettings = plainSettings): TargetState {
  const sorted = sortedBy(units, unitKey);
  return canonicalJson(settings) === canonicalJson(plainSettings) && sorted.every(isPlainJob)
    ? { format: 1, units: sorted }
    : { format: 2, settings, units: sorted };
}

/** Says nothing that format 1 has no words for. */
function isPlainJob(unit: Unit): unit is JobUnit {
  return unit.domain === 'jobs' && unit.attributes === undefined;
}
