// SPDX-License-Identifier: Apache-2.0
import type { DomainName, Unit } from '@fairlead/target';
import type { Source } from '../findings.ts';

/** A unit of some source, before it is held against those of the others. */
export interface UnitDraft {
  readonly domain: DomainName;
  readonly name: string;
  /** What it is, with its name, in words. */
  readonly what: string;
  readonly source: Source;
  /** Other names that mean this unit: the jobs of a composite. Sorted by bytes. */
  readonly members: readonly string[];
  readonly requires: readonly Requirement[];
  /** `requires`: units, sorted by bytes. Undefined, with findings, where something of it is missing. */
  readonly make: (requires: readonly string[]) => Unit | undefined;
}

export interface Requirement {
  /** Of a unit or of a member of one, in any domain. */
  readonly name: string;
  /** Who says so, in words. */
  readonly by: string;
  readonly source: Source;
  /** False: said by a disabled member, which has no say in what starts; the name must exist all the same. */
  readonly counts: boolean;
}
