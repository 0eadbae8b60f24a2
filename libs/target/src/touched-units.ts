// SPDX-License-Identifier: Apache-2.0
import { unitKey } from './canonical-target.ts';
import { diffTargets, type UnitChange } from './diff-targets.ts';
import { runSet, type RunSet } from './run-set.ts';
import { startOrder } from './start-order.ts';
import type { TargetState, Unit } from './target-state.ts';
import { restartsWithRequired } from './unit-traits.ts';

/** The units of a wanted state, each after all that it requires, and which of them are to run. */
export interface WantedUnits {
  readonly order: readonly Unit[];
  readonly runs: RunSet;
}

export function wantedUnits({ units }: TargetState): WantedUnits {
  return { order: startOrder(units), runs: runSet(units) };
}

/**
 * Keys of the units that must not run while versions change: `replaced` (what is active and gets another version or goes), disabled
 * ones, and who restarts with them.
 */
export function unitsToStop(
  { order, runs }: WantedUnits,
  replaced: readonly Pick<Unit, 'domain' | 'name'>[],
  isActive: (unit: Unit) => boolean,
): ReadonlySet<string> {
  const blocked = new Set(runs.blocked.map((unit) => unit.name));
  const stopped = new Set(replaced.map(unitKey));
  const names = new Set(replaced.map((unit) => unit.name));
  for (const unit of order) {
    const loses = blocked.has(unit.name) || unit.requires.some((name) => names.has(name));
    if (!isActive(unit) || !(unit.disabled || (restartsWithRequired(unit) && loses))) continue;
    stopped.add(unitKey(unit));
    names.add(unit.name);
  }
  return stopped;
}

/** How a unit of the wanted state stands before anything is done. */
export interface UnitStanding {
  readonly active: boolean;
  /** It gets another version than the one that going back leads to, or that is there. */
  readonly changed: boolean;
}

/**
 * Keys of the units to be started, with whatever they require and does not run. One whose version stays is started only if it is
 * stopped now, or may run and could not before.
 */
export function unitsToStart(
  { order, runs }: WantedUnits,
  stopped: ReadonlySet<string>,
  ranBefore: RunSet,
  standing: (unit: Unit) => UnitStanding,
): ReadonlySet<string> {
  const barred = new Set(runs.blocked.map((unit) => unit.name));
  const started = new Set<string>();
  const required = new Set<string>();
  for (const unit of order.toReversed()) {
    if (unit.disabled || barred.has(unit.name)) continue;
    const { active, changed } = standing(unit);
    const isStopped = stopped.has(unitKey(unit));
    const isWanted = runs.names.has(unit.name);
    const asked = changed ? isWanted : isStopped || (isWanted && !ranBefore.names.has(unit.name));
    if ((active && !isStopped) || !(asked || required.has(unit.name))) continue;
    started.add(unitKey(unit));
    for (const name of unit.requires) required.add(name);
  }
  return started;
}

/** What becomes of the process, container or firmware that a unit stands for. */
export type UnitEffect = 'starts' | 'restarts' | 'stops';

/** By key, of the units that are touched when a device that has settled at one target state goes to another. */
export function touchedUnits(
  before: TargetState,
  after: TargetState,
  changes: readonly UnitChange[] = diffTargets(before, after),
): ReadonlyMap<string, UnitEffect> {
  const wanted = wantedUnits(after);
  const ran = runSet(before.units);
  const old = new Set(before.units.map(unitKey));
  const same = new Set(
    changes.flatMap((change) => (change.kind === 'unchanged' ? unitKey(change.after) : [])),
  );
  const isActive = (unit: Unit): boolean => old.has(unitKey(unit)) && ran.names.has(unit.name);
  const isChanged = (unit: Unit): boolean => !same.has(unitKey(unit));
  const replaced = before.units.filter((unit) => isActive(unit) && isChanged(unit));
  const stopped = unitsToStop(wanted, replaced, isActive);
  const started = unitsToStart(wanted, stopped, ran, (unit) => ({
    active: isActive(unit),
    changed: isChanged(unit),
  }));
  return new Map([
    ...[...stopped].map((key) => [key, started.has(key) ? 'restarts' : 'stops'] as const),
    ...[...started].filter((key) => !stopped.has(key)).map((key) => [key, 'starts'] as const),
  ]);
}
