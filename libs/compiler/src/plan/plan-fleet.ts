// SPDX-License-Identifier: Apache-2.0
import { FairleadError, sortedBy, type Digest } from '@fairlead/base';
import { unitKey, type TargetState } from '@fairlead/target';
import type { CompiledDevice, CompileInput, Outline } from '../compile-types.ts';
import { nothing, planTarget, type TargetPlan } from './plan-target.ts';

/** What a commit would change on the devices of a fleet, compared with another: the difference of two manifests. */
export interface FleetPlan {
  /** Merkle root of the planned manifest. It hangs on the tree alone, so whatever merge makes this tree deploys this root. */
  readonly root: Digest;
  readonly edition: { readonly before: number | null; readonly after: number };
  /** Devices of the planned commit. */
  readonly devices: number;
  /** Those of them that are offered nothing. */
  readonly unchanged: number;
  /** Groups of the planned commit in which something changes, in byte order of their names. */
  readonly groups: ReadonlyMap<string, GroupPlan>;
  /** Devices that the planned commit does not list. They get no offer: what they run goes on. */
  readonly leaving: readonly LeavingDevice[];
}

export interface GroupPlan {
  /** All devices of the group. */
  readonly devices: number;
  /** Each set of devices that change alike, the largest first. */
  readonly changes: readonly DeviceChange[];
  /** To download, over all devices of the group. */
  readonly bytes: number;
}

/** Devices of one group that go from one target state to another. */
export interface DeviceChange {
  /** Ids in byte order. */
  readonly devices: readonly string[];
  /** `joins`: the fleet did not list them, or gave them no target. `moves`: from another group. */
  readonly kind: 'updates' | 'joins' | 'moves';
  /** The group that they were in; null where they join. */
  readonly from: string | null;
  readonly before: Digest | null;
  readonly after: Digest;
  /** Empty where devices only move, and are offered nothing. */
  readonly plan: TargetPlan;
}

export interface LeavingDevice {
  readonly id: string;
  readonly name: string | null;
  readonly group: string;
  /** Keys of the units that its last target tells it to have. */
  readonly units: readonly string[];
}

/** A compiled commit, as far as a plan hangs on it. */
export type Planned = Pick<Outline, 'root' | 'edition' | 'devices' | 'groups' | 'bodies'>;

/** What `after` changes for devices at `before`; null: nothing is deployed yet. */
export function planFleet(before: Planned | null, after: Planned): FleetPlan {
  const targetOf = targetReader(before, after);
  const changes = deviceChanges(before?.devices ?? new Map(), after.devices, targetOf);
  const groups = Map.groupBy(changes, ({ group }) => group);
  const offered = changes.filter(({ change }) => change.before !== change.after);
  return {
    root: after.root,
    edition: { before: before?.edition ?? null, after: after.edition },
    devices: after.devices.size,
    unchanged: after.devices.size - offered.reduce((sum, { change }) => sum + change.devices.length, 0),
    groups: new Map(
      sortedBy(groups, ([name]) => name).map(([name, placed]) => [
        name,
        groupPlan(
          after.groups.get(name)?.length ?? 0,
          placed.map(({ change }) => change),
        ),
      ]),
    ),
    leaving: [...(before?.devices ?? [])].flatMap(([id, { name, group, target }]) =>
      after.devices.has(id) ? [] : [{ id, name, group, units: targetOf(target).units.map(unitKey) }],
    ),
  };
}

function groupPlan(devices: number, changes: readonly DeviceChange[]): GroupPlan {
  return {
    devices,
    changes: changes.toSorted((a, b) => b.devices.length - a.devices.length),
    bytes: changes.reduce((sum, { devices: { length }, plan }) => sum + length * plan.bytes, 0),
  };
}

type Devices = ReadonlyMap<string, CompiledDevice>;
type TargetOf = (digest: Digest) => TargetState;

/** In byte order of the first device of each. */
function deviceChanges(
  before: Devices,
  after: Devices,
  targetOf: TargetOf,
): readonly { readonly group: string; readonly change: DeviceChange }[] {
  const alike = new Map<string, { readonly old: CompiledDevice | null; readonly ids: string[] }>();
  for (const [id, now] of after) {
    const old = before.get(id) ?? null;
    if (old?.target === now.target && old.group === now.group) continue;
    const key = JSON.stringify([old?.group ?? null, old?.target ?? null, now.group, now.target]);
    const known = alike.get(key);
    if (known === undefined) alike.set(key, { old, ids: [id] });
    else known.ids.push(id);
  }
  const planOf = targetPlanner(targetOf);
  return [...alike.values()].flatMap(({ old, ids }) => {
    const now = after.get(ids[0] ?? '');
    if (now === undefined) return [];
    const kind = old === null ? 'joins' : old.group === now.group ? 'updates' : 'moves';
    const [from, target] = [old?.group ?? null, old?.target ?? null];
    const plan = planOf(target, now.target);
    return [
      { group: now.group, change: { devices: ids, kind, from, before: target, after: now.target, plan } },
    ];
  });
}

/** Groups whose devices go from one target state to another alike share the plan. */
function targetPlanner(targetOf: TargetOf): (before: Digest | null, after: Digest) => TargetPlan {
  const plans = new Map<string, TargetPlan>();
  return (before, after) => {
    const key = `${before ?? ''} ${after}`;
    const known = plans.get(key);
    if (known !== undefined) return known;
    const plan = planTarget(before === null ? nothing : targetOf(before), targetOf(after));
    plans.set(key, plan);
    return plan;
  };
}

/** Target states are read when they are asked for: those that stay never are. The compiler made them, and they had no problems. */
function targetReader(before: Planned | null, after: Planned): TargetOf {
  return (digest) => {
    const bytes = after.bodies.get(digest) ?? before?.bodies.get(digest);
    if (bytes !== undefined) return JSON.parse(Buffer.from(bytes).toString('utf8')) as TargetState;
    throw new FairleadError({ code: 'internal', message: `no target state of digest ${digest}` });
  };
}

/** A file that one of two commits has, or has otherwise. */
export interface FileChange {
  readonly path: string;
  readonly change: 'added' | 'changed' | 'removed';
}

/** Files of `trust/` that differ: the roots that devices follow, who may sign commits, which rewrites are accepted. */
export function trustChanges(
  before: CompileInput['files'],
  after: CompileInput['files'],
): readonly FileChange[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].filter((path) => path.startsWith('trust/'));
  return sortedBy(paths, (path) => path).flatMap((path): readonly FileChange[] => {
    const [old, now] = [before.get(path), after.get(path)];
    if (old?.oid === now?.oid && old?.kind === now?.kind) return [];
    return [{ path, change: old === undefined ? 'added' : now === undefined ? 'removed' : 'changed' }];
  });
}
