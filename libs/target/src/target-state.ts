// SPDX-License-Identifier: Apache-2.0
import type { JobUnit } from './job-unit.ts';

/** The number that a target state of this form carries; an agent takes no other. */
export const TARGET_FORMAT = 1;

/**
 * What one device shall run, fully resolved: every reference pinned by digest, every template expanded. It holds nothing of the
 * commit, so that equal devices share digest and bytes.
 */
export interface TargetState {
  readonly format: typeof TARGET_FORMAT;
  /** In byte order of domain, then name; names are unique across domains. Empty: the device is retired and runs nothing. */
  readonly units: readonly Unit[];
}

/** Kinds of unit that have a driver. Units of this format are all jobs. */
export type DomainName = 'jobs' | 'containers' | 'firmware';

/** One thing that a device runs. */
export type Unit = JobUnit;
