// SPDX-License-Identifier: Apache-2.0
import { join, nearest, type FleetFile, type ListedDevice } from '@fairlead/spec';
import type { Findings } from './findings.ts';
import type { Loaded } from './loader.ts';

/** A device with its place in the fleet. */
export interface Member {
  /** In lower case. */
  readonly id: string;
  readonly name: string | null;
  readonly group: string;
  readonly vars: Readonly<Record<string, string>>;
}

/** Where devices belong that name no group, if there is a group of that name. */
const fallbackGroup = 'default';

/**
 * Devices of all files in byte order of their ids. A device that belongs to no group is only noted: it gets no target, so nothing
 * changes on it.
 */
export function listMembers(fleet: FleetFile, files: readonly Loaded<readonly ListedDevice[]>[], findings: Findings): readonly Member[] {
  const groups = fleet.groups ?? {};
  const hasFallback = Object.hasOwn(groups, fallbackGroup);
  const seen = new Map<string, { readonly file: string; readonly pointer: string }>();
  const members: Member[] = [];
  for (const { file, value } of files) {
    for (const { id, written, entry } of value) {
      const source = { file, pointer: join('', written) };
      const first = seen.get(id);
      if (first !== undefined) {
        if (first.file !== file) findings.add(source, '', { code: 'duplicate-device', message: `the device ${id} is listed in two files`, key: true, other: first });
        continue;
      }
      seen.set(id, source);
      const group = entry.group ?? (hasFallback ? fallbackGroup : undefined);
      if (group === undefined) {
        findings.add(source, '', { severity: 'note', code: 'group-undefined', message: `the device ${id} belongs to no group and gets no target`, key: true });
      } else if (Object.hasOwn(groups, group)) {
        members.push({ id, name: entry.name ?? null, group, vars: entry.vars ?? {} });
      } else {
        const near = nearest(group, Object.keys(groups));
        const hint = near === undefined ? {} : { hint: `Did you mean '${near}'?` };
        findings.add(source, '/group', { code: 'group-undefined', message: `the device ${id} is in group '${group}', which does not exist`, ...hint });
      }
    }
  }
  // Ids are ASCII: code units and bytes sort alike.
  return members.sort((a, b) => (a.id < b.id ? -1 : 1));
}
