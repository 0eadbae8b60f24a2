// SPDX-License-Identifier: Apache-2.0
import { err, sha256 } from '@fairlead/base';
import type { FleetDeviceStatus } from '@fairlead/wire';
import type { EnrolmentSource, StatusSource } from './ports.ts';

export function statusOf(id: string, change: Partial<FleetDeviceStatus> = {}): FleetDeviceStatus {
  return {
    id,
    name: '',
    group: '',
    revision: null,
    state: 'applied',
    code: null,
    message: '',
    since: 0,
    ...change,
  };
}

/** A fleet that a test changes by hand. */
export function testSource(devices: readonly FleetDeviceStatus[]) {
  const known = new Map(devices.map((device) => [device.id, device]));
  const listeners = new Set<(id: string | null) => void>();
  const source: StatusSource = {
    head: () => ({ revision: sha256('head'), commit: 'c'.repeat(40) }),
    device: (id) => known.get(id),
    ids: () => [...known.keys()],
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return {
    source,
    listeners,
    set(device: FleetDeviceStatus) {
      known.set(device.id, device);
      for (const listener of listeners) listener(device.id);
    },
    changeAll() {
      for (const listener of listeners) listener(null);
    },
  };
}

/** Nobody asks to be taken in, and nobody was. */
export const noEnrolments: EnrolmentSource = {
  page: () => ({ devices: [], next: null }),
  approve: async () => err({ code: 'request-unknown', message: 'nobody asks' }),
  revoke: async () => err({ code: 'request-unknown', message: 'no such device' }),
};
