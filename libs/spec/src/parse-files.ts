// SPDX-License-Identifier: Apache-2.0
import { at, atKey, join, type Problem } from './diagnostic.ts';
import { readJson } from './json-document.ts';
import type { ParsedFile } from './parsed-file.ts';
import { devicesShape, type DeviceEntry } from './schemas/devices-schema.ts';
import { fleetShape, type FleetFile } from './schemas/fleet-schema.ts';
import { forms } from './schemas/forms.ts';
import { historyShape, type HistoryFile } from './schemas/history-schema.ts';
import { runningConfigShape, type RunningConfig } from './schemas/running-config-schema.ts';
import { createValidator, type Validated } from './validator.ts';

/** One device as `devices.json` lists it. */
export interface ListedDevice {
  /** In lower case, as devices are compared and named. */
  readonly id: string;
  /** As the file writes it. */
  readonly written: string;
  readonly entry: DeviceEntry;
}

const uuid = new RegExp(forms.uuid.pattern, 'u');
const fleet = createValidator(fleetShape);
const devices = createValidator(devicesShape);
const runningConfig = createValidator(runningConfigShape);
const history = createValidator(historyShape);

/** `fleet.json`. Never throws; lists every problem of the file. */
export function parseFleetFile(bytes: Uint8Array): ParsedFile<FleetFile> {
  const { value, problems, text } = parse(bytes, fleet);
  return { value, problems: value === undefined ? problems : [...problems, ...fleetProblems(value)], text };
}

/** `devices.json`, or one of its shards. */
export function parseDevicesFile(bytes: Uint8Array): ParsedFile<readonly ListedDevice[]> {
  const { value, problems, text } = parse(bytes, devices);
  // Every key of this file that is no UUID is meant as one.
  const named = problems.map((problem) => (isTopLevelKey(problem) ? noUuid(problem) : problem));
  if (value === undefined) return { value, problems: named, text };
  const listed = listDevices(value);
  return { value: listed, problems: [...named, ...duplicateDevices(listed)], text };
}

/** A Maestro running config. */
export function parseRunningConfig(bytes: Uint8Array): ParsedFile<RunningConfig> {
  return parse(bytes, runningConfig);
}

/** `trust/history.json`. */
export function parseHistoryFile(bytes: Uint8Array): ParsedFile<HistoryFile> {
  return parse(bytes, history);
}

function parse<T>(bytes: Uint8Array, validate: (value: unknown) => Validated<T>): ParsedFile<T> {
  const { text, value, problems } = readJson(bytes);
  if (value === undefined) return { value, problems, text };
  const validated = validate(value);
  return { value: validated.value, problems: [...problems, ...validated.problems], text };
}

function fleetProblems(file: FleetFile): readonly Problem[] {
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
  if (!reference && file.groups === undefined) {
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
  return Object.entries(file.groups ?? {})
    .filter(([, group]) => group.retired !== true && !hasSource(group))
    .map(([name]): Problem => ({
      severity: 'error',
      code: 'group-empty',
      message: `the group '${name}' has no source`,
      place: at(join('/groups', name)),
    }));
}

function hasSource(group: NonNullable<FleetFile['groups']>[string]): boolean {
  return (
    group.pod !== undefined ||
    (group['running-config'] ?? []).length > 0 ||
    (group['desired-state'] ?? []).length > 0
  );
}

function listDevices(file: Readonly<Record<string, unknown>>): readonly ListedDevice[] {
  return Object.entries(file)
    .filter(([key]) => uuid.test(key))
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

function isTopLevelKey(problem: Problem): boolean {
  return (
    problem.code === 'unknown-key' &&
    problem.place.kind === 'key' &&
    problem.place.pointer.lastIndexOf('/') === 0
  );
}

function noUuid(problem: Problem): Problem {
  const { severity, place, message } = problem;
  return {
    severity,
    place,
    code: 'invalid-uuid',
    message: message.replace('the key', 'the device id').replace('is not known here', 'is no UUID'),
  };
}
