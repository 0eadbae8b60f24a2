// SPDX-License-Identifier: Apache-2.0
import { join, type FleetFile, type ListedDevice } from '@fairlead/spec';
import { createFindings, inside, type Findings, type Source } from './findings.ts';
import type { Loaded } from './loader.ts';
import type { Sources } from './sources.ts';

/** A device with its place in the fleet. */
export interface Member {
  /** In lower case. */
  readonly id: string;
  readonly name: string | null;
  readonly group: string;
  readonly vars: Readonly<Record<string, string>>;
  readonly source: Source;
}

/** Where devices belong that name no group, if there is a group of that name. */
const fallbackGroup = 'default';

/** Lists the devices of one commit after another; from the same files the same list is made once. */
export function createMemberReader(): (sources: Sources, findings: Findings) => readonly Member[] {
  let last:
    { readonly key: string; readonly members: readonly Member[]; readonly findings: Findings } | undefined;
  return ({ fleet, devices }, findings) => {
    if (fleet === undefined) return [];
    const files = [fleet, ...devices];
    const key = JSON.stringify(files.map(({ file, oid }) => [file, oid]));
    if (last?.key !== key) {
      const own = createFindings();
      for (const { file, faulty } of files) own.addFile(file, { problems: [], faulty });
      last = { key, members: listMembers(fleet.value, devices, own), findings: own };
    }
    findings.addAll(last.findings);
    return last.members;
  };
}

/**
 * Devices of all files in byte order of their ids. A device that belongs to no group is only noted: it gets no target, so nothing
 * changes on it.
 */
function listMembers(
  fleet: FleetFile,
  files: readonly Loaded<readonly ListedDevice[]>[],
  findings: Findings,
): readonly Member[] {
  const groups = new Set(Object.keys(fleet.groups ?? {}));
  const fallback = groups.has(fallbackGroup) ? fallbackGroup : undefined;
  const seen = new Map<string, Listing>();
  const members: Member[] = [];
  for (const { file, value } of files) {
    for (const device of value) {
      const { id, entry } = device;
      const first = seen.get(id);
      if (first !== undefined) {
        reportTwice(device, file, first, findings);
        continue;
      }
      seen.set(id, { file, device });
      const group = entry.group ?? fallback;
      if (group !== undefined && groups.has(group))
        members.push({
          id,
          name: entry.name ?? null,
          group,
          vars: entry.vars ?? {},
          source: sourceOf({ file, device }),
        });
      else reportHomeless(device, file, groups, findings);
    }
  }
  warnOfNamesakes(seen.values(), findings);
  // Ids are ASCII: code units and bytes sort alike.
  return members.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Commands take a device by its name or an alias: one that means several means none. */
function warnOfNamesakes(listings: Iterable<Listing>, findings: Findings): void {
  const taken = new Map<string, Listing>();
  const claim = (name: string, listing: Listing, ...keys: readonly (string | number)[]): void => {
    const first = taken.get(name);
    if (first === undefined) taken.set(name, listing);
    else if (first.device.id !== listing.device.id) {
      findings.add(inside(sourceOf(listing), ...keys), '', {
        severity: 'warning',
        code: 'ambiguous-name',
        message: `'${name}' names the device ${first.device.id} too`,
        other: sourceOf(first),
      });
    }
  };
  for (const listing of listings) {
    const { name, aliases } = listing.device.entry;
    if (name !== undefined) claim(name, listing, 'name');
    aliases?.forEach((alias, index) => {
      claim(alias, listing, 'aliases', index);
    });
  }
}

interface Listing {
  readonly file: string;
  readonly device: ListedDevice;
}

function sourceOf({ file, device }: Listing): Source {
  return { file, pointer: join('', device.written) };
}

/** Within one file the parser has said it already. */
function reportTwice(device: ListedDevice, file: string, first: Listing, findings: Findings): void {
  if (first.file === file) return;
  const message = `the device ${device.id} is listed in two files`;
  findings.add(sourceOf({ file, device }), '', {
    code: 'duplicate-device',
    message,
    key: true,
    other: sourceOf(first),
  });
}

function reportHomeless(
  device: ListedDevice,
  file: string,
  groups: ReadonlySet<string>,
  findings: Findings,
): void {
  const {
    id,
    entry: { group, name },
  } = device;
  const source = sourceOf({ file, device });
  if (group === undefined) {
    const message = `the device ${id} belongs to no group and gets no target`;
    const lacks = [inside(source, 'group')];
    findings.add(source, '', { severity: 'note', code: 'group-undefined', message, key: true, lacks });
    return;
  }
  findings.add(source, '/group', {
    code: 'group-undefined',
    message: `the device ${id}${name === undefined ? '' : ` (${name})`} is in group '${group}', which does not exist`,
    lacks: [{ file: 'fleet.json', pointer: join('/groups', group) }],
    suggest: { written: group, among: () => groups },
  });
}
