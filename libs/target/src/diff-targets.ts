// SPDX-License-Identifier: Apache-2.0
import { isSameJson, sortedBy } from '@fairlead/base';
import { unitKey } from './canonical-target.ts';
import type { TargetState, Unit } from './target-state.ts';

export type UnitChange =
  | { readonly kind: 'added'; readonly after: Unit }
  | { readonly kind: 'removed'; readonly before: Unit }
  /** fields: the keys of the unit whose values differ, by name. */
  | {
      readonly kind: 'changed';
      readonly before: Unit;
      readonly after: Unit;
      readonly fields: readonly string[];
    }
  | { readonly kind: 'unchanged'; readonly after: Unit };

/** What going from one target state to another means for each unit of either, in byte order of unit keys. */
export function diffTargets(before: TargetState, after: TargetState): readonly UnitChange[] {
  const old = new Map(before.units.map((unit) => [unitKey(unit), unit]));
  const kept = new Set(after.units.map(unitKey));
  const removed = before.units
    .filter((unit) => !kept.has(unitKey(unit)))
    .map((unit): UnitChange => ({ kind: 'removed', before: unit }));
  const changes = [...removed, ...after.units.map((unit) => changeOf(old.get(unitKey(unit)), unit))];
  return sortedBy(changes, (change) => unitKey(change.kind === 'removed' ? change.before : change.after));
}

function changeOf(before: Unit | undefined, after: Unit): UnitChange {
  if (before === undefined) return { kind: 'added', after };
  const fields = changedFields(before, after);
  return fields.length === 0 ? { kind: 'unchanged', after } : { kind: 'changed', before, after, fields };
}

function changedFields(before: Unit, after: Unit): readonly string[] {
  if (isSameJson(before, after)) return [];
  const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const fields = new Set([...old.keys(), ...now.keys()]);
  return sortedBy(fields, (field) => field).filter((field) => !isSameJson(old.get(field), now.get(field)));
}
