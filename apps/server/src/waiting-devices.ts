// SPDX-License-Identifier: Apache-2.0
import type { Clock, Digest } from '@fairlead/base';
import { wireLimits, type WaitingKey } from '@fairlead/wire';

/** A request that nobody has approved yet. */
export interface WaitingDevice extends WaitingKey {
  readonly csr: Uint8Array;
}

/**
 * Devices that ask to be taken in, in memory only: each asks again until it is. Whoever reaches the server can ask to be any device, so
 * that there is room for a few keys of each and for so many in all; whoever asked longest ago gives way.
 */
export interface WaitingDevices {
  /** Notes a request; milliseconds after which the device should ask again. */
  ask(
    device: string,
    request: { readonly key: Digest; readonly csr: Uint8Array; readonly address: string },
  ): number;
  /** Those who ask to be this device, the first to ask first. */
  of(device: string): readonly WaitingDevice[];
  devices(): readonly string[];
  forget(device: string, key: Digest): void;
}

/** Times in milliseconds. A device asks again after a tenth of the time that it waits already, within bounds; all together ten a second. */
const limits = { all: 1_000, keptMs: 10 * 60_000, leastMs: 5_000, mostMs: 60_000, eachMs: 100 } as const;

interface Kept extends WaitingDevice {
  readonly device: string;
  readonly heardAt: number;
}

/** `random`: uniform in [0, 1). */
export function createWaitingDevices(clock: Clock, random: () => number): WaitingDevices {
  /** By device and key; who asked longest ago comes first. */
  const kept = new Map<string, Kept>();
  const placeOf = (device: string, key: Digest): string => `${device} ${key}`;
  const sweep = (): void => {
    const now = clock.monotonic();
    for (const [place, { heardAt }] of kept) {
      if (now - heardAt < limits.keptMs && kept.size <= limits.all) return;
      kept.delete(place);
    }
  };
  const of = (device: string): readonly Kept[] => [...kept.values()].filter((one) => one.device === device);
  return {
    ask(device, request) {
      const place = placeOf(device, request.key);
      const since = kept.get(place)?.since ?? clock.now();
      kept.delete(place);
      const tooMany = of(device).length - (wireLimits.keysPerDevice - 1);
      for (const { key } of of(device).slice(0, Math.max(0, tooMany))) kept.delete(placeOf(device, key));
      kept.set(place, { ...request, device, since, heardAt: clock.monotonic() });
      sweep();
      const patience = Math.min(limits.mostMs, Math.max(limits.leastMs, (clock.now() - since) / 10));
      return Math.max(patience, kept.size * limits.eachMs) * (0.75 + random() / 2);
    },
    of(device) {
      sweep();
      return of(device).toSorted((a, b) => a.since - b.since);
    },
    devices() {
      sweep();
      return [...new Set([...kept.values()].map(({ device }) => device))];
    },
    forget(device, key) {
      kept.delete(placeOf(device, key));
    },
  };
}
