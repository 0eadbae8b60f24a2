// SPDX-License-Identifier: Apache-2.0
import { sortedBy, type Digest } from '@fairlead/base';
import { unitDigest, unitKey, type DomainName, type TargetState, type Unit } from '@fairlead/target';
import { isActive, isUp, type DeviceUnit } from './observed.ts';

/** One unit from all three sides: as committed, as observed, as wanted. */
export interface UnitView {
  readonly key: string;
  readonly domain: DomainName;
  readonly name: string;
  readonly committed: Digest | null;
  readonly current: Digest | null;
  readonly wanted: Digest | null;
  /** Must be stopped before its version changes. */
  readonly active: boolean;
  /** Others may build on it. */
  readonly up: boolean;
  readonly staged: readonly Digest[];
}

/** Every unit that any side knows, by key, in byte order of keys. */
export function viewUnits(
  committed: TargetState,
  observed: readonly DeviceUnit[],
  wanted: TargetState,
): ReadonlyMap<string, UnitView> {
  const before = digests(committed.units);
  const after = digests(wanted.units);
  const seen = new Map(observed.map((unit) => [unitKey(unit), unit]));
  const all = new Map(
    [...committed.units, ...observed, ...wanted.units].map((unit) => [unitKey(unit), unit]),
  );
  return new Map(
    sortedBy(all, ([key]) => key).map(([key, { domain, name }]) => {
      const unit = seen.get(key);
      return [
        key,
        {
          key,
          domain,
          name,
          committed: before.get(key) ?? null,
          current: unit?.digest ?? null,
          wanted: after.get(key) ?? null,
          active: unit !== undefined && isActive(unit.condition),
          up: unit !== undefined && isUp(unit.condition),
          staged: unit?.staged ?? [],
        },
      ];
    }),
  );
}

function digests(units: readonly Unit[]): ReadonlyMap<string, Digest> {
  return new Map(units.map((unit) => [unitKey(unit), unitDigest(unit)]));
}
