// SPDX-License-Identifier: Apache-2.0
import { FairleadError, sortedBy } from '@fairlead/base';
import { unitKey } from './canonical-target.ts';
import type { Unit } from './target-state.ts';

/**
 * Units in an order in which each comes after all that it requires; otherwise by key, so that equal input gives equal plans.
 * Requirements that are not among `units` are left out of account. Throws on a circle: the compiler and the parser refuse those.
 */
export function startOrder(units: readonly Unit[]): readonly Unit[] {
  const byName = new Map(units.map((unit) => [unit.name, unit]));
  const done = new Set<string>();
  const open = new Set<string>();
  const order: Unit[] = [];
  const visit = (unit: Unit): void => {
    if (done.has(unit.name)) return;
    if (open.has(unit.name))
      throw new FairleadError({ code: 'internal', message: `'${unit.name}' requires itself` });
    open.add(unit.name);
    for (const name of unit.requires) {
      const required = byName.get(name);
      if (required !== undefined) visit(required);
    }
    open.delete(unit.name);
    done.add(unit.name);
    order.push(unit);
  };
  for (const unit of sortedBy(units, unitKey)) visit(unit);
  return order;
}
