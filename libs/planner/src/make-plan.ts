// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { restartsWithRequired, unitKey, type TargetState, type Unit } from '@fairlead/target';
import type { DeviceUnit } from './observed.ts';
import { runSet, type BlockedUnit, type RunSet } from './run-set.ts';
import { startOrder } from './start-order.ts';
import type { Step } from './step.ts';
import { viewUnits, type UnitView } from './unit-view.ts';

export interface Plan {
  readonly steps: readonly Step[];
  /** Units of the wanted state that are not started, and why. */
  readonly blocked: readonly BlockedUnit[];
}

/**
 * The steps from what is observed to the wanted state, for all domains together: stage, stop (what requires before what is
 * required), switch, activate (the other way round, each made ready before what requires it), health.
 *
 * Only what differs is touched. A unit whose version stays gets steps only if a requirement of it is stopped and it asks to be
 * restarted then, if it may run now and could not before, or if something to be started requires it and it is not running.
 * `committed` is where going back leads; the steps carry all that `wayBack` needs.
 */
export function makePlan(committed: TargetState, observed: readonly DeviceUnit[], wanted: TargetState): Plan {
  const views = viewUnits(committed, observed, wanted);
  const runs = runSet(wanted.units);
  const order = startOrder(wanted.units);
  const stopped = unitsToStop(views, order, runs);
  const started = unitsToStart(views, order, runs, stopped, runSet(committed.units));
  return {
    steps: [
      ...stageSteps(views),
      ...stopSteps(views, stopped, startOrder(committed.units)),
      ...switchSteps(views),
      ...activateSteps(views, order, stopped, started),
      ...order.filter((unit) => started.has(unitKey(unit))).map((unit) => stepOf('health', views, unit)),
    ],
    blocked: runs.blocked,
  };
}

type Views = ReadonlyMap<string, UnitView>;

/** Keys of the units that must not run while versions change: changed, removed and disabled ones, and who restarts with them. */
function unitsToStop(views: Views, order: readonly Unit[], runs: RunSet): ReadonlySet<string> {
  const changed = [...views.values()].filter((view) => view.active && view.current !== view.wanted);
  const stopped = new Set(changed.map((view) => view.key));
  const blocked = new Set(runs.blocked.map((unit) => unit.name));
  const stoppedNames = new Set(changed.map((view) => view.name));
  for (const unit of order) {
    const loses = blocked.has(unit.name) || unit.requires.some((name) => stoppedNames.has(name));
    if (!viewOf(views, unit).active || !(unit.disabled || (restartsWithRequired(unit) && loses))) continue;
    stopped.add(unitKey(unit));
    stoppedNames.add(unit.name);
  }
  return stopped;
}

/** Keys of the units to be started, with whatever they require and does not run. */
function unitsToStart(
  views: Views,
  order: readonly Unit[],
  runs: RunSet,
  stopped: ReadonlySet<string>,
  ranBefore: RunSet,
): ReadonlySet<string> {
  const barred = new Set(runs.blocked.map((unit) => unit.name));
  const started = new Set<string>();
  const required = new Set<string>();
  for (const unit of order.toReversed()) {
    if (unit.disabled || barred.has(unit.name)) continue;
    const view = viewOf(views, unit);
    const down = !view.active || stopped.has(view.key);
    const changed = view.current !== view.wanted || view.committed !== view.wanted;
    const asked = changed
      ? runs.names.has(unit.name)
      : stopped.has(view.key) || (runs.names.has(unit.name) && !ranBefore.names.has(unit.name));
    if (!down || !(asked || required.has(unit.name))) continue;
    started.add(view.key);
    for (const name of unit.requires) required.add(name);
  }
  return started;
}

function stageSteps(views: Views): readonly Step[] {
  return [...views.values()].flatMap(({ domain, name, current, wanted, staged }): readonly Step[] =>
    wanted === null || wanted === current || staged.includes(wanted)
      ? []
      : [{ kind: 'stage', domain, name, digest: wanted }],
  );
}

/** By the committed requirements, which are those of what runs. What no revision knows is stopped first. */
function stopSteps(views: Views, stopped: ReadonlySet<string>, order: readonly Unit[]): readonly Step[] {
  const known = new Set(order.toReversed().map(unitKey));
  const unknown = [...stopped].filter((key) => !known.has(key));
  return [...unknown, ...[...known].filter((key) => stopped.has(key))].flatMap((key): readonly Step[] => {
    const view = views.get(key);
    return view === undefined
      ? []
      : [{ kind: 'stop', domain: view.domain, name: view.name, digest: view.committed }];
  });
}

function switchSteps(views: Views): readonly Step[] {
  return [...views.values()].flatMap(({ domain, name, committed, current, wanted }): readonly Step[] =>
    wanted === current ? [] : [{ kind: 'switch', domain, name, from: committed, to: wanted }],
  );
}

function activateSteps(
  views: Views,
  order: readonly Unit[],
  stopped: ReadonlySet<string>,
  started: ReadonlySet<string>,
): readonly Step[] {
  const byName = new Map(order.map((unit) => [unit.name, unit]));
  const awaited = new Set<string>();
  return order
    .filter((unit) => started.has(unitKey(unit)))
    .flatMap((unit) => {
      const stillStarting = unit.requires
        .flatMap((name) => byName.get(name) ?? [])
        .filter((required) => {
          const view = viewOf(views, required);
          return view.active && !view.up && !stopped.has(view.key) && !awaited.has(view.key);
        });
      for (const required of stillStarting) awaited.add(unitKey(required));
      return [
        ...stillStarting.map((required) => stepOf('ready', views, required)),
        stepOf('activate', views, unit),
        stepOf('ready', views, unit),
      ];
    });
}

function viewOf(views: Views, unit: Unit): UnitView {
  const view = views.get(unitKey(unit));
  if (view === undefined)
    throw new FairleadError({ code: 'internal', message: `no view of '${unitKey(unit)}'` });
  return view;
}

function stepOf(kind: 'activate' | 'ready' | 'health', views: Views, unit: Unit): Step {
  const { domain, name, wanted } = viewOf(views, unit);
  if (wanted === null) throw new FairleadError({ code: 'internal', message: `'${name}' is not wanted` });
  return { kind, domain, name, digest: wanted };
}
