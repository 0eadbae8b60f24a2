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
  /** Machines and runs that were replaced, and when, by the monotonic clock. */
  readonly replaced: ReadonlyMap<string, number>;
  readonly heldUntil: number;
}

/**
 * A device that comes back after a cut is the same run of its agent; after a restart a new run, after a reboot also another machine, and
 * stays that. Two devices take turns: a run comes back that was replaced, or a machine that another machine had replaced.
 */
export function createIdentityWatch(clock: Clock): IdentityWatch {
  const traces = new Map<string, Trace>();
  return {
    replaced(device, before, now) {
      const [from, to] = [placeOf(before), placeOf(now)];
      if (from.run === to.run) return false;
      const time = clock.monotonic();
      const old = traces.get(device)?.replaced ?? new Map<string, number>();
      const recent = new Map([...old].filter(([, at]) => time - at < memoryMs));
      const alternates = recent.has(to.run) || (from.machine !== to.machine && recent.has(to.machine));
      recent.set(from.run, time).set(from.machine, time);
      traces.set(device, { replaced: recent, heldUntil: alternates ? time + memoryMs : 0 });
      return alternates;
    },
    heldFor(device) {
      const trace = traces.get(device);
      return trace === undefined ? 0 : Math.max(0, trace.heldUntil - clock.monotonic());
    },
  };
}

/** An older agent tells no run: then it is one with its machine. */
function placeOf({ bootId, runId, receipts }: Hello): { readonly machine: string; readonly run: string } {
  const machine = `${bootId}/${receipts.instance}`;
  return { machine, run: `${machine}/${runId}` };
}
