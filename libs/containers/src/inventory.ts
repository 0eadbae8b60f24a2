// SPDX-License-Identifier: Apache-2.0
import { digestHex, sortedBy, type Digest } from '@fairlead/base';
import type { ListedContainer } from './engine-api.ts';
import { readMark, type ContainerMark } from './labels.ts';

export interface OwnContainer extends ListedContainer {
  readonly mark: ContainerMark;
}

/** What of a unit is with the engine: a container for each version. The one that bears the unit's name is switched on. */
export interface OwnUnit {
  readonly name: string;
  readonly current: OwnContainer | null;
  /** All that are whole, the current one included. */
  readonly versions: readonly OwnContainer[];
  /** Those whose creation was cut short. */
  readonly unfinished: readonly OwnContainer[];
}

/** Where a version waits that is not switched on. */
export function asideName(unit: string, version: Digest): string {
  return `${unit}.${digestHex(version).slice(0, 12)}`;
}

const unfinishedSuffix = '.unfinished';

/** Where a version is put together. */
export function unfinishedName(unit: string, version: Digest): string {
  return asideName(unit, version) + unfinishedSuffix;
}

/** The units of this owner, sorted by name. */
export function inventoryOf(containers: readonly ListedContainer[], owner: string): readonly OwnUnit[] {
  const units = new Map<string, OwnContainer[]>();
  for (const container of containers) {
    const mark = readMark(container.labels, owner);
    if (mark === null) continue;
    units.set(mark.unit, [...(units.get(mark.unit) ?? []), { ...container, mark }]);
  }
  return sortedBy(units, ([name]) => name).map(([name, all]) => {
    const versions = all.filter((container) => !container.name.endsWith(unfinishedSuffix));
    return {
      name,
      current: versions.find((container) => container.name === name) ?? null,
      versions,
      unfinished: all.filter((container) => !versions.includes(container)),
    };
  });
}
