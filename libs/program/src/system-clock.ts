// SPDX-License-Identifier: Apache-2.0
import { createClock, type Clock } from '@fairlead/base';

/** The clock of the running system. */
export const systemClock: Clock = createClock({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule: (callback, ms) => {
    const timer = setTimeout(callback, ms);
    return () => {
      clearTimeout(timer);
    };
  },
});
