// SPDX-License-Identifier: Apache-2.0
import { isUp, type DeviceUnit } from '@fairlead/planner';
import { restartsWithRequired, runSet, startOrder, unitKey, type TargetState } from '@fairlead/target';

/**
 * Keys of the units that must not run for now: they ask to be restarted with what they require, and something that they require,
 * directly or by way of another such unit, is not up. In the order in which they are stopped.
 */
export function heldUnits(committed: TargetState, observed: readonly DeviceUnit[]): readonly string[] {
  const { names } = runSet(committed.units);
  const up = new Set(observed.filter((unit) => isUp(unit.condition)).map((unit) => unit.name));
  const held = new Set<string>();
  const order = startOrder(committed.units);
  for (const unit of order) {
    const isDown = (name: string): boolean => held.has(name) || (names.has(name) && !up.has(name));
    if (restartsWithRequired(unit) && unit.requires.some(isDown)) held.add(unit.name);
  }
  return order
    .toReversed()
    .filter((unit) => held.has(unit.name))
    .map(unitKey);
}
