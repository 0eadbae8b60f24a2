// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@fairlead/base';
import type { Hello } from '@fairlead/wire';

/** Sees when two devices use one identity by turns. */
export interface IdentityWatch {
  /** A stream of this device took the place of one that was still open. True: they alternate, and the identity is held from now on. */
  replaced(device: string, before: Hello, now: Hello): boolean;
  /** Milliseconds for which the identity is still held; 0: it is not. */
  heldFor(device: string): number;
}

/** Within this time a return of the one replaced is an alternation; for as long both are held then. Milliseconds. */
const memoryMs = 10 * 60_000;

interface Trace {
  /** Who was replaced, and when, by the monotonic clock. */
  readonly replaced: ReadonlyMap<string, number>;
  readonly heldUntil: number;
}

/** A device that comes back after a cut is the same instance in the same boot, or in a new boot and stays there; two devices take turns. */
export function createIdentityWatch(clock: Clock): IdentityWatch {
  const traces = new Map<string, Trace>();
  return {
    replaced(device, before, now) {
      const [beforeKey, nowKey] = [keyOf(before), keyOf(now)];
      if (beforeKey === nowKey) return false;
      const time = clock.monotonic();
      const old = traces.get(device)?.replaced ?? new Map<string, number>();
      const recent = new Map([...old].filter(([, at]) => time - at < memoryMs));
      const alternates = recent.has(nowKey);
      recent.set(beforeKey, time);
      traces.set(device, { replaced: recent, heldUntil: alternates ? time + memoryMs : 0 });
      return alternates;
    },
    heldFor(device) {
      const trace = traces.get(device);
      return trace === undefined ? 0 : Math.max(0, trace.heldUntil - clock.monotonic());
    },
  };
}

function keyOf(hello: Hello): string {
  return `${hello.bootId}/${hello.receipts.instance}`;
}
