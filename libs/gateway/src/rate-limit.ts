// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@fairlead/base';

export interface RateLimit {
  /** Takes one, if there is one. */
  take(): boolean;
  /** Milliseconds until there is one again; 0: now. */
  wait(): number;
}

/** A bucket that holds `burst` and fills at `perSecond`. */
export function createRateLimit(clock: Clock, perSecond: number, burst: number): RateLimit {
  let level = burst;
  let filled = clock.monotonic();
  const fill = (): void => {
    const now = clock.monotonic();
    level = Math.min(burst, level + ((now - filled) / 1000) * perSecond);
    filled = now;
  };
  return {
    take() {
      fill();
      if (level < 1) return false;
      level -= 1;
      return true;
    },
    wait() {
      fill();
      return level >= 1 ? 0 : Math.ceil(((1 - level) / perSecond) * 1000);
    },
  };
}
