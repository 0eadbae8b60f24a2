// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import {
  runSet,
  startOrder,
  unitKey,
  unitsToStart,
  unitsToStop,
  wantedUnits,
  type BlockedUnit,
  type TargetState,
  type Unit,
} from '@fairlead/target';
import type { DeviceUnit } from './observed.ts';
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
  const units = wantedUnits(wanted);
  const { order, runs } = units;
  const replaced = [...views.values()].filter((view) => view.active && view.current !== view.wanted);
  const stopped = unitsToStop(units, replaced, (unit) => viewOf(views, unit).active);
  const started = unitsToStart(units, stopped, runSet(committed.units), (unit) => {
    const view = viewOf(views, unit);
    const changed = view.current !== view.wanted || view.committed !== view.wanted;
    return { active: view.active, changed };
  });
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
