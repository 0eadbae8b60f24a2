// SPDX-License-Identifier: Apache-2.0
import { startOrder } from './start-order.ts';
import type { DomainName, Unit } from './target-state.ts';
import { startsByItself } from './unit-traits.ts';

/** A unit that is not started because a unit that it requires, directly or by way of others, is disabled. */
export interface BlockedUnit {
  readonly domain: DomainName;
  readonly name: string;
  /** Name of the disabled unit. */
  readonly by: string;
}

export interface RunSet {
  /** Names of the units that are to run. */
  readonly names: ReadonlySet<string>;
  readonly blocked: readonly BlockedUnit[];
}

/**
 * Which units of a target state are to run. Disabled ones are not, nor is what requires them: that is blocked, with a reason, and
 * no failure of the revision. A unit without autostart runs when one that is to run requires it: being required is a request.
 */
export function runSet(units: readonly Unit[]): RunSet {
  const order = startOrder(units);
  const blockers = new Map<string, string>();
  const blocked: BlockedUnit[] = [];
  for (const unit of order) {
    const by = unit.requires.map((name) => blockers.get(name)).find((name) => name !== undefined);
    if (unit.disabled) blockers.set(unit.name, unit.name);
    else if (by !== undefined) {
      blockers.set(unit.name, by);
      blocked.push({ domain: unit.domain, name: unit.name, by });
    }
  }
  const names = new Set<string>();
  for (const unit of order.toReversed()) {
    if (blockers.has(unit.name) || !(startsByItself(unit) || names.has(unit.name))) continue;
    names.add(unit.name);
    for (const name of unit.requires) names.add(name);
  }
  return { names, blocked };
}
