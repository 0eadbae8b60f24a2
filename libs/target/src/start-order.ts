// SPDX-License-Identifier: Apache-2.0
import { FairleadError, sortedBy } from '@fairlead/base';
import { unitKey } from './canonical-target.ts';
import type { Unit } from './target-state.ts';

/**
 * Units in an order in which each comes after all that it requires: first those that require nothing, then those that require only
 * these, and so on, so that what may be started side by side stands together; otherwise by key, so that equal input gives equal plans.
 * Requirements that are not among `units` are left out of account. Throws on a circle: the compiler and the parser refuse those.
 */
export function startOrder(units: readonly Unit[]): readonly Unit[] {
  const byName = new Map(units.map((unit) => [unit.name, unit]));
  const ranks = new Map<string, number>();
  const open = new Set<string>();
  const rankOf = (unit: Unit): number => {
    const known = ranks.get(unit.name);
    if (known !== undefined) return known;
    if (open.has(unit.name))
      throw new FairleadError({ code: 'internal', message: `'${unit.name}' requires itself` });
    open.add(unit.name);
    let rank = 0;
    for (const name of unit.requires) {
      const required = byName.get(name);
      if (required !== undefined) rank = Math.max(rank, rankOf(required) + 1);
    }
    open.delete(unit.name);
    ranks.set(unit.name, rank);
    return rank;
  };
  return sortedBy(units, unitKey).toSorted((a, b) => rankOf(a) - rankOf(b));
}
