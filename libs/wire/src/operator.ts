// SPDX-License-Identifier: Apache-2.0
import type { Digest, Result } from '@fairlead/base';
import { createFields, decodeWith, digestBytes, type Fields } from './fields.ts';
import * as gen from './gen/fairlead/v1/operator.ts';
import { wireLimits as limits } from './wire-limits.ts';

/** A device as the server sees it. */
export type FleetDeviceState =
  | 'never-seen'
  | 'offline'
  | 'pending'
  | 'applying'
  | 'applied'
  | 'unchanged'
  | 'failed'
  | 'refused'
  | 'drift';

export interface FleetDeviceStatus {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  /** What the device is at; null: unknown. */
  readonly revision: Digest | null;
  readonly state: FleetDeviceState;
  /** From the closed list of codes, of whichever release gave it. */
  readonly code: string | null;
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** What the server offers now; no revision: nothing yet. */
export interface FleetHead {
  readonly revision: Digest | null;
  readonly commit: string;
}

/** What keeps the server from doing its whole work. */
export interface FleetProblem {
  /** Where: `repository`, `log`, `keys`, … */
  readonly area: string;
  /** From the closed list of codes, of whichever release gave it. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export interface StatusPage {
  readonly head: FleetHead;
  /** The same on every page. */
  readonly problems: readonly FleetProblem[];
  readonly devices: readonly FleetDeviceStatus[];
  /** Null: the last page. */
  readonly next: string | null;
}

/** A part of a watched status: devices that changed since the part before. */
export interface StatusPart {
  readonly head: FleetHead;
  readonly devices: readonly FleetDeviceStatus[];
  /** Every device has been sent once. */
  readonly complete: boolean;
}

const states = {
  'never-seen': gen.FleetDeviceState.NEVER_SEEN,
  offline: gen.FleetDeviceState.OFFLINE,
  pending: gen.FleetDeviceState.PENDING,
  applying: gen.FleetDeviceState.APPLYING,
  applied: gen.FleetDeviceState.APPLIED,
  unchanged: gen.FleetDeviceState.UNCHANGED,
  failed: gen.FleetDeviceState.FAILED,
  refused: gen.FleetDeviceState.REFUSED,
  drift: gen.FleetDeviceState.DRIFT,
} as const satisfies Record<FleetDeviceState, gen.FleetDeviceState>;
const stateNames = new Map<number, FleetDeviceState>(
  Object.entries(states).map(([name, number]) => [number, name as FleetDeviceState]),
);

export function encodeStatusRequest(request: { readonly after: string | null }): Buffer {
  return Buffer.from(gen.GetStatusRequest.encode({ pageToken: request.after ?? '' }).finish());
}

export function decodeStatusRequest(
  bytes: Uint8Array,
): Result<{ readonly after: string | null }, readonly string[]> {
  return decodeWith(
    bytes,
    limits.message,
    (data) => gen.GetStatusRequest.decode(data),
    (wire) => {
      const fields = createFields();
      return fields.done({ after: fields.text('page_token', wire.pageToken, limits.name) || null });
    },
  );
}

export function encodeStatusPage(page: StatusPage): Buffer {
  const wire = {
    head: writeHead(page.head),
    devices: page.devices.map(writeDevice),
    nextPageToken: page.next ?? '',
    problems: page.problems.slice(0, limits.problems).map(writeProblem),
  };
  return Buffer.from(gen.GetStatusResponse.encode(wire).finish());
}

export function decodeStatusPage(bytes: Uint8Array): Result<StatusPage, readonly string[]> {
  return decodeWith(
    bytes,
    limits.message,
    (data) => gen.GetStatusResponse.decode(data),
    (wire) => {
      const fields = createFields();
      return fields.done({
        head: readHead(fields, wire.head),
        problems: fields.list('problems', wire.problems, limits.problems, (problem, path) => ({
          area: fields.text(`${path}.area`, problem.area, limits.code),
          code: fields.text(`${path}.code`, problem.code, limits.code),
          message: fields.text(`${path}.message`, problem.message, limits.text),
          hint: fields.text(`${path}.hint`, problem.hint, limits.name),
        })),
        devices: readDevices(fields, wire.devices),
        next: fields.text('next_page_token', wire.nextPageToken, limits.name) || null,
      });
    },
  );
}

export function encodeWatchRequest(): Buffer {
  return Buffer.from(gen.WatchStatusRequest.encode({}).finish());
}

export function encodeStatusPart(part: StatusPart): Buffer {
  const wire = {
    head: writeHead(part.head),
    devices: part.devices.map(writeDevice),
    complete: part.complete,
  };
  return Buffer.from(gen.WatchStatusResponse.encode(wire).finish());
}

export function decodeStatusPart(bytes: Uint8Array): Result<StatusPart, readonly string[]> {
  return decodeWith(
    bytes,
    limits.message,
    (data) => gen.WatchStatusResponse.decode(data),
    (wire) => {
      const fields = createFields();
      return fields.done({
        head: readHead(fields, wire.head),
        devices: readDevices(fields, wire.devices),
        complete: wire.complete,
      });
    },
  );
}

/** Cut where it is longer than may cross: a person reads it. */
function writeProblem({ area, code, message, hint }: FleetProblem): gen.ServerProblem {
  return { area, code, message: message.slice(0, limits.text), hint: hint.slice(0, limits.name) };
}

function writeHead(head: FleetHead): gen.FleetHead {
  return { revision: digestBytes(head.revision), commit: head.commit };
}

function readHead(fields: Fields, wire: gen.FleetHead | undefined): FleetHead {
  const { revision, commit } = fields.present('head', wire, { revision: Buffer.alloc(0), commit: '' });
  return {
    revision: fields.optionalDigest('head.revision', revision),
    commit: fields.text('head.commit', commit, limits.id),
  };
}

function writeDevice(device: FleetDeviceStatus): gen.DeviceStatus {
  return {
    ...device,
    revision: digestBytes(device.revision),
    state: states[device.state],
    code: device.code ?? '',
    sinceMs: BigInt(device.since),
  };
}

function readDevices(fields: Fields, devices: readonly gen.DeviceStatus[]): readonly FleetDeviceStatus[] {
  return fields.list('devices', devices, limits.devicesPerPart, (wire, path) => {
    const state = stateNames.get(wire.state);
    if (state === undefined) fields.problem(`${path}.state`, 'unknown');
    return {
      id: fields.text(`${path}.id`, wire.id, limits.id),
      name: fields.text(`${path}.name`, wire.name, limits.name),
      group: fields.text(`${path}.group`, wire.group, limits.name),
      revision: fields.optionalDigest(`${path}.revision`, wire.revision),
      state: state ?? 'offline',
      code: fields.text(`${path}.code`, wire.code, limits.code) || null,
      message: fields.text(`${path}.message`, wire.message, limits.text),
      since: fields.whole(`${path}.since_ms`, wire.sinceMs),
    };
  });
}
