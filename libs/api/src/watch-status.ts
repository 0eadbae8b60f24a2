// SPDX-License-Identifier: Apache-2.0
import { wireLimits, type FleetDeviceStatus, type StatusPart } from '@fairlead/wire';
import type { StatusSource } from './ports.ts';

/**
 * Sends the whole fleet, then what changes, one part at a time: while a part is under way changes gather, and a device that changed
 * twice is sent once. So a slow reader costs one entry per device and sees the newest. Returns the way to end it.
 */
export function watchStatus(
  source: StatusSource,
  send: (part: StatusPart, done: () => void) => void,
): () => void {
  const dirty = new Set<string>(source.ids());
  let headDue = true;
  let busy = false;
  let stopped = false;

  const flush = (): void => {
    if (busy || stopped || (dirty.size === 0 && !headDue)) return;
    const devices: FleetDeviceStatus[] = [];
    for (const id of dirty) {
      if (devices.length >= wireLimits.devicesPerPart) break;
      dirty.delete(id);
      const device = source.device(id);
      if (device !== undefined) devices.push(device);
    }
    headDue = false;
    busy = true;
    send({ head: source.head(), devices, complete: dirty.size === 0 }, () => {
      busy = false;
      flush();
    });
  };
  const unsubscribe = source.onChange((id) => {
    if (id === null) {
      headDue = true;
      for (const known of source.ids()) dirty.add(known);
    } else dirty.add(id);
    flush();
  });
  flush();
  return () => {
    stopped = true;
    unsubscribe();
  };
}
