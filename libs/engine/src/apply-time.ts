// SPDX-License-Identifier: Apache-2.0
import type { Code } from '@fairlead/base';
import type { ApplyWhen } from '@fairlead/target';
import { Cron } from 'croner';

/** Why the device must not be disturbed. */
export interface Busy {
  readonly message: string;
  /** Milliseconds since 1970 at which that ends by itself; null: not known. */
  readonly until: number | null;
}

/** Whether the device may be disturbed, as those who use it say. */
export interface Idleness {
  /** Null: it may. */
  busy(): Busy | null;
  /** Returns the way to end that. */
  onChange(listener: () => void): () => void;
}

/** For devices on which nobody can say it: they may always be disturbed. */
export const alwaysIdle: Idleness = { busy: () => null, onChange: () => () => undefined };

/** Why a staged revision must not touch what runs yet. */
export interface Closed {
  readonly code: Extract<Code, 'pending-idle' | 'pending-window'>;
  readonly message: string;
  /** Milliseconds since 1970; null: nobody knows. */
  readonly opensAt: number | null;
}

/** Whether it is the time that a group gave for touching what runs; null: it is. `now` in milliseconds since 1970. */
export function closedAt(apply: ApplyWhen, now: number, busy: Busy | null): Closed | null {
  switch (apply.kind) {
    case 'now':
      return null;
    case 'idle':
      return busy === null ? null : { code: 'pending-idle', message: busy.message, opensAt: busy.until };
    case 'window': {
      const opensAt = openingAfter(apply, now - apply.durationMs);
      if (opensAt !== null && opensAt <= now) return null;
      const message =
        opensAt === null
          ? 'its window never opens'
          : `its window opens at ${new Date(opensAt).toISOString()}`;
      return { code: 'pending-window', message, opensAt };
    }
  }
}

/** True where this device can tell when the window opens: it may not know the time zone. */
export function isKnownWindow(apply: Extract<ApplyWhen, { kind: 'window' }>): boolean {
  try {
    openingAfter(apply, 0);
    return true;
  } catch {
    return false;
  }
}

/** The first opening later than that. What a change to summer time skips comes right after it; what it repeats comes once. */
function openingAfter({ cron, zone }: Extract<ApplyWhen, { kind: 'window' }>, time: number): number | null {
  const schedule = new Cron(cron, { mode: '5-part', timezone: zone, paused: true });
  return schedule.nextRun(new Date(time))?.getTime() ?? null;
}
