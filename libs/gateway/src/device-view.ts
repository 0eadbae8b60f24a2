// SPDX-License-Identifier: Apache-2.0
import { codeInfo, type Code, type Digest } from '@fairlead/base';
import type { DeviceState, FleetDeviceState, FleetDeviceStatus, Status } from '@fairlead/wire';
import type { PublishedDevice, Publication } from './publication.ts';

/** What is known of one device. Times in milliseconds since 1970. */
export interface DeviceRecord {
  readonly connected: boolean;
  /** When it connected or disconnected; null: never seen. */
  readonly since: number | null;
  readonly heldRevision: Digest | null;
  readonly status: Status | null;
  readonly refusal: {
    readonly revision: Digest | null;
    readonly code: string;
    readonly message: string;
    readonly at: number;
  } | null;
  /** Revision whose target states are of a format that its agent does not read. */
  readonly tooOldFor: Digest | null;
  /** Kept out, because two devices use its identity. */
  readonly held: boolean;
  /** Revision that last changed its target state, or a later one that did not; null: nobody knows, since this server has seen one revision only. */
  readonly changedIn: Digest | null;
  /** When its present target state was first wanted of it. */
  readonly wantedSince: number;
}

export const nothingKnown: DeviceRecord = {
  connected: false,
  since: null,
  heldRevision: null,
  status: null,
  refusal: null,
  tooOldFor: null,
  held: false,
  changedIn: null,
  wantedSince: 0,
};

/** The one word for where a device stands, the first that fits. */
export function viewDevice(
  id: string,
  device: PublishedDevice,
  publication: Publication,
  known: DeviceRecord,
): FleetDeviceStatus {
  const base = { id, name: device.name, group: device.group, revision: known.heldRevision };
  const { status, refusal, since } = known;
  const say = (
    state: FleetDeviceState,
    at: number,
    code: string | null = null,
    message = '',
  ): FleetDeviceStatus => ({
    ...base,
    state,
    code,
    message,
    since: at,
  });
  const sayCode = (state: FleetDeviceState, at: number, code: Code): FleetDeviceStatus =>
    say(state, at, code, codeInfo(code).summary);

  if (known.held) return sayCode('refused', since ?? known.wantedSince, 'duplicate-identity');
  if (since === null) return say('never-seen', known.wantedSince);
  if (!known.connected) return say('offline', since);
  if (status !== null && status.target === device.target) {
    return say(fleetState(status.state, known, publication), status.since, status.code, status.message);
  }
  if (refusal !== null && refusal.revision === publication.revision)
    return say('refused', refusal.at, refusal.code, refusal.message);
  if (known.tooOldFor === publication.revision) return sayCode('refused', known.wantedSince, 'agent-too-old');
  if (status?.state === 'pending') return say('pending', status.since, status.code, status.message);
  return say('pending', Math.max(since, known.wantedSince));
}

function fleetState(state: DeviceState, known: DeviceRecord, publication: Publication): FleetDeviceState {
  if (state !== 'applied') return state;
  const changedNow = known.changedIn ?? known.heldRevision;
  return changedNow === publication.revision ? 'applied' : 'unchanged';
}
