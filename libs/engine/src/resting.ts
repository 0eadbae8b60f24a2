// SPDX-License-Identifier: Apache-2.0
import { isUp, type DeviceUnit } from '@fairlead/planner';
import { runSet, type DomainName, type TargetState, type Unit } from '@fairlead/target';

/** A unit that stands still, and why that is as it should be. */
export interface RestingUnit {
  readonly domain: DomainName;
  readonly name: string;
  /** For people. */
  readonly message: string;
}

/** Units of the committed state that are not to run, or not for now. */
export function restingUnits(
  committed: TargetState,
  observed: readonly DeviceUnit[],
): readonly RestingUnit[] {
  const { names, blocked } = runSet(committed.units);
  const blockers = new Map(blocked.map(({ name, by }) => [name, by]));
  const seen = new Map(observed.map(({ name, condition }) => [name, condition]));
  const messageOf = (unit: Unit): string | null => {
    const by = blockers.get(unit.name);
    if (unit.disabled) return 'it is disabled';
    if (by !== undefined) return blockedBy(by);
    if (!names.has(unit.name)) return 'it is started on request';
    const down = unit.requires.find((name) => {
      const condition = seen.get(name);
      return condition !== undefined && !isUp(condition);
    });
    if (down === undefined || seen.get(unit.name)?.kind !== 'stopped') return null;
    return `it waits for '${down}', which is ${seen.get(down)?.kind ?? ''}`;
  };
  return committed.units.flatMap((unit): readonly RestingUnit[] => {
    const message = messageOf(unit);
    return message === null ? [] : [{ domain: unit.domain, name: unit.name, message }];
  });
}

export function blockedBy(name: string): string {
  return `it waits for '${name}', which is disabled`;
}
