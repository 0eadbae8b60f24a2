// SPDX-License-Identifier: Apache-2.0
import type { Unit } from './target-state.ts';

/**
 * What is wrong with the requirements of units among themselves: a name that no unit or more than one has, a unit that requires
 * itself, directly or by way of others. Empty: there is an order in which every unit starts after those that it requires.
 */
export function requirementProblems(units: readonly Unit[]): readonly string[] {
  const byName = new Map(units.map((unit) => [unit.name, unit]));
  const twice = units
    .filter((unit) => byName.get(unit.name) !== unit)
    .map((unit) => `two units are named '${unit.name}'`);
  const unknown = units.flatMap((unit) =>
    unit.requires
      .filter((name) => !byName.has(name))
      .map((name) => `'${unit.name}' requires '${name}', which is no unit`),
  );
  return [...twice, ...unknown, ...cycleProblems(units)];
}

/** Takes away units whose requirements are all taken away, until none is left or those left hang on each other. */
function cycleProblems(units: readonly Unit[]): readonly string[] {
  const names = new Set(units.map((unit) => unit.name));
  const waitsFor = new Map(
    units.map((unit) => [unit.name, unit.requires.filter((name) => names.has(name)).length]),
  );
  const dependents = new Map<string, string[]>();
  for (const unit of units) {
    for (const name of unit.requires) dependents.set(name, [...(dependents.get(name) ?? []), unit.name]);
  }
  const free = [...waitsFor].filter(([, count]) => count === 0).map(([name]) => name);
  for (let name = free.pop(); name !== undefined; name = free.pop()) {
    waitsFor.delete(name);
    for (const dependent of dependents.get(name) ?? []) {
      const left = (waitsFor.get(dependent) ?? 0) - 1;
      waitsFor.set(dependent, left);
      if (left === 0) free.push(dependent);
    }
  }
  return waitsFor.size === 0
    ? []
    : [`a circle of requirements goes through ${[...waitsFor.keys()].map((name) => `'${name}'`).join(', ')}`];
}
