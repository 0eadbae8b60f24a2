// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@fairlead/base';

/**
 * When devices that devices.json does not list should come back, in milliseconds: about a minute, so that one that is listed now is
 * soon there; later where many are sent away, so that together they are ten a second at most.
 */
export interface TurnAway {
  next(device: string): number;
}

const times = { leastMs: 60_000, mostMs: 10 * 60_000, eachMs: 100, mostDevices: 10_000 } as const;

/** `random`: uniform in [0, 1); it keeps those apart that were sent away together. */
export function createTurnAway(clock: Clock, random: () => number): TurnAway {
  /** Those of late, the longest ago first. */
  const seen = new Map<string, number>();
  return {
    next(device) {
      const now = clock.monotonic();
      for (const [other, at] of seen) {
        if (now - at < times.mostMs && seen.size < times.mostDevices) break;
        seen.delete(other);
      }
      seen.delete(device);
      seen.set(device, now);
      const pause = Math.min(times.mostMs, Math.max(times.leastMs, seen.size * times.eachMs));
      return Math.round(pause * (0.75 + random() / 2));
    },
  };
}
