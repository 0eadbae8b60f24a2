// SPDX-License-Identifier: Apache-2.0
import { sortedBy } from '@fairlead/base';
import type { DeviceChange, GroupPlan, UnitPlan } from '@fairlead/compiler';
import { totalBytes, type PlanReport } from './plan-report.ts';

/** The plan for programs. Keys beside those that `CONVENTIONS` names may be added, never changed. */
export function planJson({ plan, ...report }: PlanReport): unknown {
  const { root, edition, devices, unchanged, groups, leaving } = plan;
  const { base, head, stale, tree, deployed, trust } = report;
  return {
    base,
    head,
    stale,
    root,
    tree,
    deployed,
    devices,
    unchanged,
    bytes: totalBytes(plan),
    edition,
    groups: Object.fromEntries([...groups].map(([name, group]) => [name, groupJson(group)])),
    leaving,
    trust,
  };
}

/** `units`: over all devices of the group; `changes`: who of them changes how. */
function groupJson({ devices, changes, bytes }: GroupPlan): unknown {
  return { devices, units: unitsOf(changes), bytes, changes: changes.map(changeJson) };
}

function changeJson({ plan: { units, ...plan }, ...change }: DeviceChange): unknown {
  return { ...change, ...plan, units: units.map(unitJson) };
}

function unitJson({ unit, change, fields, effect, because, backByDownload }: UnitPlan): object {
  return { unit, change, fields, effect, because, backByDownload };
}

/** Each way in which a unit changes once, with the number of devices on which it does. */
function unitsOf(changes: readonly DeviceChange[]): readonly unknown[] {
  const counted = new Map<string, { readonly unit: object; devices: number }>();
  for (const { devices, plan } of changes) {
    for (const one of plan.units) {
      const unit = unitJson(one);
      const key = JSON.stringify(unit);
      const known = counted.get(key);
      if (known === undefined) counted.set(key, { unit, devices: devices.length });
      else known.devices += devices.length;
    }
  }
  return sortedBy(counted, ([key]) => key).map(([, { unit, devices }]) => ({ ...unit, devices }));
}
