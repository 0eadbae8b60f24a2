// SPDX-License-Identifier: Apache-2.0
import { createClock, type Clock } from '@fairlead/base';

/** The machine's own time, for tests that run real processes and sockets. */
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
