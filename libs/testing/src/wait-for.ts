// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** Gives up after this long, in milliseconds. A bound against hanging, never an expectation about speed. */
  readonly withinMs?: number;
  readonly everyMs?: number;
  /** Named in the error when it never comes true. */
  readonly what?: string;
}

/** Looks until `probe` gives something other than undefined, null or false, and returns that. */
export async function waitFor<T>(
  probe: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Exclude<T, undefined | null | false>> {
  const { withinMs = 60_000, everyMs = 20, what = 'the awaited condition' } = options;
  const end = performance.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false)
        return value as Exclude<T, undefined | null | false>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= end)
      throw new Error(`${what} did not come true within ${String(withinMs)} ms`, { cause: last });
    await delay(everyMs);
  }
}
