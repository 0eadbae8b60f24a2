// SPDX-License-Identifier: Apache-2.0
import { readApply } from './apply-when.ts';
import { checkShape } from './check-shape.ts';
import { at, atKey, join, type Problem } from './diagnostic.ts';
import { readJson } from './json-document.ts';
import { emptyLock, type LockFile } from './lock/lock-file.ts';
import { isFaulty, type ParsedFile } from './parsed-file.ts';
import { parsePodReference } from './pods/pod-reference.ts';
import { capped } from './problem-list.ts';
import { devicesShape, type DeviceEntry } from './schemas/devices-schema.ts';
import { fleetShape, type FleetFile, type FleetGroup } from './schemas/fleet-schema.ts';
import { hintingSides } from './running-key-hints.ts';
import { historyShape, type HistoryFile } from './schemas/history-schema.ts';
import { lockShape } from './schemas/lock-schema.ts';
import { runningConfigShape, type RunningConfig } from './schemas/running-config-schema.ts';
import type { FileShape } from './schemas/shape.ts';

/** One device as `devices.json` lists it. */
export interface ListedDevice {
  /** In lower case, as devices are compared and named. */
  readonly id: string;
  /** As the file writes it. */
  readonly written: string;
  readonly entry: DeviceEntry;
}

/** `fleet.json`. Never throws; lists every problem of the file. */
export function parseFleetFile(bytes: Uint8Array): ParsedFile<FleetFile> {
  const parsed = parseAs(bytes, fleetShape);
  if (parsed.value === undefined) return parsed;
  return { ...parsed, problems: [...parsed.problems, ...fleetProblems(parsed.value, parsed.faulty)] };
}

/** `devices.json`, or one of its shards. */
export function parseDevicesFile(bytes: Uint8Array): ParsedFile<readonly ListedDevice[]> {
  const parsed = parseAs(bytes, devicesShape);
  if (parsed.value === undefined) return { ...parsed, value: undefined };
  const value = listDevices(parsed.value);
  return { ...parsed, value, problems: [...parsed.problems, ...duplicateDevices(value)] };
}

/** A Maestro running config. */
export function parseRunningConfig(bytes: Uint8Array): ParsedFile<RunningConfig> {
  const parsed = parseAs(bytes, runningConfigShape);
  return { ...parsed, problems: parsed.problems.map(hintingSides) };
}

/** `trust/history.json`. */
export function parseHistoryFile(bytes: Uint8Array): ParsedFile<HistoryFile> {
  return parseAs(bytes, historyShape);
}

/** `fleet.lock.json`. A section that is not there is an empty one. */
export function parseLockFile(bytes: Uint8Array): ParsedFile<LockFile> {
  const parsed = parseAs(bytes, lockShape);
  return { ...parsed, value: parsed.value === undefined ? undefined : { ...emptyLock, ...parsed.value } };
}

/** What a file of JSON says that has this shape. */
export function parseAs<T>(bytes: Uint8Array, { schema }: FileShape<T>): ParsedFile<T> {
  const document = readJson(bytes);
  const { text } = document;
  if (document.value === undefined) {
    return { value: undefined, problems: document.problems, faulty: new Set(['']), text };
  }
  const { value, problems, faulty } = checkShape(schema, document.value);
  return {
    value: value as T | undefined,
    problems: [document.problems, problems].flatMap(capped),
    faulty,
    text,
  };
}

function fleetProblems(file: FleetFile, faulty: ReadonlySet<string>): readonly Problem[] {
  const reference = file['is-reference'] === true;
  if (reference && file.groups !== undefined) {
    return [
      {
        severity: 'error',
        code: 'conflicting-settings',
        message: 'a reference has no groups',
        place: atKey('/groups'),
      },
    ];
  }
  if (!reference && file.groups === undefined && !faulty.has('/groups')) {
    return [
      {
        severity: 'error',
        code: 'missing-key',
        message: "the key 'groups' is missing",
        hint: "Add 'groups'.",
        place: at(''),
      },
    ];
  }
  return Object.entries(file.groups ?? {}).flatMap(([name, group]) => groupProblems(name, group, faulty));
}

function groupProblems(name: string, group: FleetGroup, faulty: ReadonlySet<string>): readonly Problem[] {
  const pointer = join('/groups', name);
  const read = (key: string): boolean => !isFaulty(faulty, join(pointer, key));
  const empty: readonly Problem[] =
    group.retired === true || hasSource(group) || !['retired', ...sources].every(read)
      ? []
      : [
          {
            severity: 'error',
            code: 'group-empty',
            message: `the group '${name}' has no source`,
            place: at(pointer),
          },
        ];
  return [
    ...empty,
    ...podProblems(group.pod, join(pointer, 'pod')),
    ...readApply(group.apply, join(pointer, 'apply')).problems,
  ];
}

function podProblems(written: string | undefined, pointer: string): readonly Problem[] {
  const reference = written === undefined || written === '' ? undefined : parsePodReference(written);
  if (reference === undefined || reference.ok) return [];
  return [
    {
      severity: 'error',
      code: 'invalid-value',
      message: reference.error,
      hint: 'Write ./ and a path in the repository, name@tag, name#revision, or an id.',
      place: at(pointer),
    },
  ];
}

/** Keys of a group that say what its devices run. */
const sources = ['pod', 'running-config', 'desired-state'] as const;

function hasSource(group: FleetGroup): boolean {
  return sources.some((key) => (group[key] ?? []).length > 0);
}

/** A key that is no UUID is meant as one: what stands there is looked at all the same. */
function listDevices(file: Readonly<Record<string, unknown>>): readonly ListedDevice[] {
  return Object.entries(file)
    .filter(([key]) => key !== '$schema' && !key.startsWith('x-'))
    .map(([written, entry]) => ({ id: written.toLowerCase(), written, entry: entry as DeviceEntry }));
}

function duplicateDevices(listed: readonly ListedDevice[]): readonly Problem[] {
  const seen = new Map<string, string>();
  return listed.flatMap(({ id, written }): Problem[] => {
    const first = seen.get(id);
    seen.set(id, first ?? written);
    if (first === undefined) return [];
    return [
      {
        severity: 'error',
        code: 'duplicate-device',
        message: `'${written}' and '${first}' are one device: ids are compared in lower case`,
        place: atKey(join('', written)),
      },
    ];
  });
}
