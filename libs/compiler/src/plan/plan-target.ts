// SPDX-License-Identifier: Apache-2.0
import { isSameJson } from '@fairlead/base';
import {
  createTarget,
  diffTargets,
  plainSettings,
  touchedUnits,
  unitKey,
  type TargetSettings,
  type TargetState,
  type Unit,
  type UnitEffect,
} from '@fairlead/target';
import { bytesBeyond } from './downloads.ts';
import { writtenFields } from './written-fields.ts';

/** What becomes of one unit. One that stays as it is has no part in a plan, unless it is touched because of another. */
export interface UnitPlan {
  /** `domain/name`. */
  readonly unit: string;
  /** `restarted`: its version stays, but what runs does not: the reason is in `because`. */
  readonly change: 'added' | 'changed' | 'restarted' | 'removed';
  /** What differs, as people write it. */
  readonly fields: readonly string[];
  /** What becomes of what runs; `none`: it neither ran nor will. */
  readonly effect: UnitEffect | 'none';
  /** Names of the units that it requires and that are touched. */
  readonly because: readonly string[];
  /** It is stopped before the new one is downloaded: the way back is to download the old one again. */
  readonly backByDownload: boolean;
  /** The new version; null: it is removed. */
  readonly after: Unit | null;
}

/** A setting of the device as a whole. */
export interface SettingChange {
  readonly setting: keyof TargetSettings;
  readonly before: TargetSettings[keyof TargetSettings];
  readonly after: TargetSettings[keyof TargetSettings];
}

/** What going from one target state to another means for a device. */
export interface TargetPlan {
  /** In byte order of keys. */
  readonly units: readonly UnitPlan[];
  readonly settings: readonly SettingChange[];
  /** To download. */
  readonly bytes: number;
  /** Of the target states. Agents that do not know the new one take nothing. */
  readonly format: { readonly before: number; readonly after: number };
}

/** Of a device that had no target. */
export const nothing: TargetState = createTarget([]);

export function planTarget(before: TargetState, after: TargetState): TargetPlan {
  const changes = diffTargets(before, after);
  const effects = touchedUnits(before, after, changes);
  const names = new Map([...before.units, ...after.units].map((unit) => [unit.name, unitKey(unit)]));
  const touched = (name: string): boolean => effects.has(names.get(name) ?? '');
  return {
    units: changes.flatMap((change): readonly UnitPlan[] => {
      const unit = change.kind === 'removed' ? change.before : change.after;
      const key = unitKey(unit);
      const effect: UnitPlan['effect'] = effects.get(key) ?? 'none';
      const common = { unit: key, effect, fields: [], because: [], backByDownload: false };
      switch (change.kind) {
        case 'added':
          return [{ ...common, change: 'added', after: unit }];
        case 'removed':
          return [{ ...common, change: 'removed', after: null }];
        case 'changed': {
          const fields = writtenFields(change.before, change.after);
          return [{ ...common, change: 'changed', fields, backByDownload: killsFirst(unit), after: unit }];
        }
        case 'unchanged': {
          if (effect === 'none') return [];
          return [{ ...common, change: 'restarted', because: unit.requires.filter(touched), after: unit }];
        }
      }
    }),
    settings: settingChanges(settingsOf(before), settingsOf(after)),
    bytes: bytesBeyond(before, after),
    format: { before: before.format, after: after.format },
  };
}

function killsFirst(unit: Unit): boolean {
  return unit.domain === 'containers' && unit.update === 'kill-then-download';
}

function settingsOf(target: TargetState): TargetSettings {
  return target.format === 1 ? plainSettings : target.settings;
}

const settingNames = ['apply', 'maxOfflineSeconds', 'removeContainers'] as const;

function settingChanges(before: TargetSettings, after: TargetSettings): readonly SettingChange[] {
  return settingNames
    .filter((setting) => !isSameJson(before[setting], after[setting]))
    .map((setting) => ({ setting, before: before[setting], after: after[setting] }));
}
