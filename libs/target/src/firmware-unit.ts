// SPDX-License-Identifier: Apache-2.0
import type { Artifact } from './artifact.ts';
import type { UnitAttributes } from './unit-attributes.ts';

/** Firmware of an auxiliary core. */
export interface FirmwareUnit {
  readonly domain: 'firmware';
  readonly name: string;
  /** Known and kept switched, but not started. */
  readonly disabled: boolean;
  /** Names of units, of any domain, that must be ready before this one starts; sorted by bytes. */
  readonly requires: readonly string[];
  readonly attributes: UnitAttributes;
  /** Name, index or device path of the processor; null: the only one there is. */
  readonly processor: string | null;
  /** Whether the kernel starts a crashed core again by itself. */
  readonly recovery: 'disabled' | 'enabled';
  readonly firmware: Artifact;
}
