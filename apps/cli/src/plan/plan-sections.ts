// SPDX-License-Identifier: Apache-2.0
import { formatDuration, formatSize } from '@fairlead/base';
import type { DeviceChange, FleetPlan, SettingChange, TargetPlan, UnitPlan } from '@fairlead/compiler';
import type { ApplyWhen } from '@fairlead/target';
import { printable } from '../diagnostics/excerpt.ts';

/** Devices that change alike, whatever their groups, for people to read. Texts are fit for a terminal. */
export interface PlanSection {
  readonly devices: number;
  /** `2 devices of group gateways`. */
  readonly title: string;
  /** Names of the first ones. */
  readonly names: string;
  readonly units: readonly UnitLine[];
  /** What is to be said beside. */
  readonly notes: readonly string[];
}

export interface UnitLine {
  /** As in a `diff`; `!`: changed, ` `: restarted. */
  readonly sign: '+' | '-' | '!' | ' ';
  readonly unit: string;
  readonly text: string;
}

/** What is shown of long lists. */
const most = { names: 8, groups: 5, units: 40, fields: 12 } as const;

type NameOf = (device: string) => string;
interface Alike {
  readonly first: DeviceChange;
  readonly parts: { readonly group: string; readonly change: DeviceChange }[];
}

/** The largest first. */
export function planSections({ groups }: FleetPlan, nameOf: NameOf): readonly PlanSection[] {
  const alike = new Map<string, Alike>();
  for (const [group, { changes }] of groups) {
    for (const change of changes) {
      const key = JSON.stringify([change.kind, whatChanges(change.plan)]);
      const known = alike.get(key);
      if (known === undefined) alike.set(key, { first: change, parts: [{ group, change }] });
      else known.parts.push({ group, change });
    }
  }
  return [...alike.values()].map((one) => sectionOf(one, nameOf)).sort((a, b) => b.devices - a.devices);
}

/** Devices for which this is equal read alike: sizes may differ. */
function whatChanges({ units, settings, format }: TargetPlan): unknown {
  return [units.map(({ after, ...unit }) => [unit, after === null]), settings, format];
}

function sectionOf({ first: { kind, plan }, parts }: Alike, nameOf: NameOf): PlanSection {
  const ids = parts.flatMap(({ change }) => change.devices);
  return {
    devices: ids.length,
    title: `${count(ids.length, 'device')} ${titleOf(kind, ids.length, parts)}`,
    names: someOf(ids, most.names, nameOf),
    units: [...plan.units.slice(0, most.units).map(unitLine), ...restOf(plan.units.length)],
    notes: notesOf(plan, parts),
  };
}

function titleOf(kind: DeviceChange['kind'], many: number, parts: Alike['parts']): string {
  const to = groupsText(parts.map(({ group }) => group));
  const from = groupsText(parts.flatMap(({ change }) => change.from ?? []));
  const ending = many === 1 ? 's' : '';
  switch (kind) {
    case 'updates':
      return `of ${to}`;
    case 'joins':
      return `join${ending} ${to}`;
    case 'moves':
      return `move${ending} from ${from} to ${to}`;
  }
}

function groupsText(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const some = someOf(distinct, most.groups, printable);
  return distinct.length === 1 ? `group ${some}` : `${distinct.length} groups (${some})`;
}

function restOf(units: number): readonly UnitLine[] {
  const left = units - most.units;
  return left > 0 ? [{ sign: ' ', unit: `and ${left} more`, text: '' }] : [];
}

function unitLine(plan: UnitPlan): UnitLine {
  const { unit, change, fields, effect, because, backByDownload } = plan;
  const line = (sign: UnitLine['sign'], ...texts: readonly string[]): UnitLine => ({
    sign,
    unit,
    text: texts.filter((text) => text !== '').join('; '),
  });
  switch (change) {
    case 'added':
      return line('+', effect === 'none' ? 'is not started' : effect);
    case 'removed':
      return line('-', effect === 'none' ? 'did not run' : effect);
    case 'changed':
      return line(
        '!',
        someOf(fields, most.fields, printable),
        effect === 'none' ? 'does not run' : effect,
        backByDownload ? 'is stopped before the download: its way back is to download the old one again' : '',
      );
    case 'restarted':
      return line(' ', `${effect}${because.length === 0 ? '' : ` with ${because.join(', ')}`}`);
  }
}

function notesOf({ units, settings, format }: TargetPlan, parts: Alike['parts']): readonly string[] {
  const sizes = parts.map(({ change }) => change.plan.bytes);
  const total = parts.reduce((sum, { change }) => sum + change.devices.length * change.plan.bytes, 0);
  const [least, largest] = [Math.min(...sizes), Math.max(...sizes)];
  const each = least === largest ? formatSize(least) : `${formatSize(least)} to ${formatSize(largest)}`;
  return [
    ...(units.length === 0 && settings.length === 0 ? ['they are offered nothing: their target stays'] : []),
    ...settings.map(settingNote),
    ...(format.after > format.before
      ? [`agents that do not know target states of format ${format.after} stay as they are (agent-too-old)`]
      : []),
    ...(total === 0 ? [] : [`download ${each} a device, ${formatSize(total)} in all`]),
  ];
}

function settingNote({ setting, before, after }: SettingChange): string {
  switch (setting) {
    case 'apply':
      return `apply: ${applyText(before as ApplyWhen)} → ${applyText(after as ApplyWhen)}`;
    case 'maxOfflineSeconds':
      return `max-offline: ${offlineText(before as number | null)} → ${offlineText(after as number | null)}`;
    case 'removeContainers':
      return `remove-containers: ${listText(before as readonly string[])} → ${listText(after as readonly string[])}`;
  }
}

function applyText(apply: ApplyWhen): string {
  if (apply.kind !== 'window') return apply.kind;
  return printable(`${apply.cron} for ${formatDuration(apply.durationMs)} (${apply.zone})`);
}

function offlineText(seconds: number | null): string {
  return seconds === null ? 'none' : formatDuration(seconds * 1000);
}

function listText(names: readonly string[]): string {
  return names.length === 0 ? 'none' : someOf(names, most.names, printable);
}

/** `a, b and 3 more`. */
export function someOf<T>(items: readonly T[], limit: number, textOf: (item: T) => string): string {
  const shown = items.slice(0, limit).map(textOf).join(', ');
  return items.length > limit ? `${shown} and ${items.length - limit} more` : shown;
}

/** `1 device`, `2 devices`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
