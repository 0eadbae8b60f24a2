// SPDX-License-Identifier: Apache-2.0
import { compareBytes, type Clock, type Digest } from '@fairlead/base';
import type { FleetDeviceStatus, FleetHead, Hello, Status } from '@fairlead/wire';
import { nothingKnown, viewDevice, type DeviceRecord } from './device-view.ts';
import type { Publication } from './publication.ts';

/** What is known of the fleet, in memory: hellos and statuses bring it back after a restart. */
export interface StatusBook {
  head(): FleetHead;
  /** Undefined: not in the fleet. */
  device(id: string): FleetDeviceStatus | undefined;
  /** Device ids of the fleet in byte order. */
  ids(): readonly string[];
  /** Units and drift as the device last told them. */
  lastStatus(id: string): Status | undefined;
  /** Called with the id of each device whose status may have changed, and with null when the whole fleet may have. Returns the way to stop it. */
  onChange(listener: (id: string | null) => void): () => void;
}

/** The side that the sessions write to. */
export interface StatusWriter {
  published(publication: Publication): void;
  connected(id: string, hello: Hello): void;
  disconnected(id: string): void;
  status(id: string, status: Status): void;
  refused(
    id: string,
    refusal: { readonly revision: Digest | null; readonly code: string; readonly message: string },
  ): void;
  tooOld(id: string): void;
  held(id: string): void;
}

/** `seenBefore`: when a device was last heard of before this server started, in milliseconds since 1970; null: never. */
export function createStatusBook(
  clock: Clock,
  seenBefore: (id: string) => number | null,
): { readonly book: StatusBook; readonly writer: StatusWriter } {
  const records = new Map<string, DeviceRecord>();
  const listeners = new Set<(id: string | null) => void>();
  let publication: Publication | undefined;
  let ids: readonly string[] | undefined = [];

  const tell = (id: string | null): void => {
    for (const listener of listeners) listener(id);
  };
  const change = (id: string, fields: Partial<DeviceRecord>): void => {
    records.set(id, { ...(records.get(id) ?? nothingKnown), ...fields });
    tell(id);
  };
  return {
    book: {
      head: () => ({ revision: publication?.revision ?? null, commit: publication?.commit ?? '' }),
      device(id) {
        const device = publication?.devices.get(id);
        if (publication === undefined || device === undefined) return undefined;
        const known = records.get(id) ?? nothingKnown;
        return viewDevice(id, device, publication, { ...known, since: known.since ?? seenBefore(id) });
      },
      ids: () => (ids ??= [...(publication?.devices.keys() ?? [])].sort(compareBytes)),
      lastStatus: (id) => records.get(id)?.status ?? undefined,
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    writer: {
      published(next) {
        const before = publication;
        publication = next;
        if (before?.revision !== next.revision) {
          for (const [id, device] of next.devices) {
            const known = records.get(id) ?? nothingKnown;
            if (before === undefined) records.set(id, { ...known, wantedSince: clock.now() });
            else if (before.devices.get(id)?.target !== device.target) {
              records.set(id, { ...known, changedIn: next.revision, wantedSince: clock.now() });
            } else if (known.changedIn === null) records.set(id, { ...known, changedIn: before.revision });
          }
          ids = undefined;
        }
        tell(null);
      },
      connected: (id, hello) => {
        change(id, {
          connected: true,
          since: clock.now(),
          tooOldFor: null,
          held: false,
          heldRevision: hello.revision,
        });
      },
      disconnected: (id) => {
        change(id, { connected: false, since: clock.now() });
      },
      status: (id, status) => {
        change(id, { status, heldRevision: status.revision });
      },
      refused: (id, refusal) => {
        change(id, { refusal: { ...refusal, at: clock.now() } });
      },
      tooOld: (id) => {
        change(id, { tooOldFor: publication?.revision ?? null });
      },
      held: (id) => {
        change(id, { held: true, since: clock.now() });
      },
    },
  };
}
