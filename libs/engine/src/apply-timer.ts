// SPDX-License-Identifier: Apache-2.0
import { codeInfo, type Digest } from '@fairlead/base';
import { closedAt } from './apply-time.ts';
import type { Pending } from './engine-state.ts';
import type { ApplyGate, Waiting } from './stage-task.ts';
import type { Workplace } from './workplace.ts';

/** How often a wait is looked at, in milliseconds: the system's clock may be moved while it lasts. */
const lookEveryMs = 60_000;

/** Keeps a staged revision until its time. All that it knows is asked anew after a restart, but what somebody allowed. */
export interface ApplyTimer extends ApplyGate {
  /** This revision waits, in place of any other; null: none. */
  wait(revision: Waiting | null): void;
  /** Not before this moment of the monotonic clock. */
  lookAt(): number;
  /** Somebody at the device wants it before its time; false: there is none. */
  allow(): boolean;
  pending(): Pending | null;
}

export function createApplyTimer({ journal, clock, idleness, settings }: Workplace): ApplyTimer {
  let waiting: Waiting | null = null;
  let allowed: { readonly target: Digest; readonly until: number } | null = null;

  const isAllowed = (): boolean =>
    allowed !== null &&
    allowed.target === journal.book().desired?.target &&
    clock.monotonic() < allowed.until;
  const overdue = (apply: Waiting['apply']) => closedAt(apply, clock.now(), idleness.busy());
  const closed: ApplyTimer['closed'] = (apply) => (isAllowed() ? null : overdue(apply));
  /** Another revision may have taken its place meanwhile. */
  const current = () => (waiting?.target === journal.book().desired?.target ? waiting : null);

  return {
    closed,
    remark: (apply) =>
      isAllowed() && overdue(apply) !== null ? 'applied early, as asked on the device' : undefined,
    wait(revision) {
      waiting = revision;
    },
    lookAt() {
      const held = current();
      const reason = held === null ? null : closed(held.apply);
      if (reason === null) return 0;
      const left = reason.opensAt === null ? lookEveryMs : reason.opensAt - clock.now();
      return clock.monotonic() + Math.min(lookEveryMs, Math.max(1, left));
    },
    allow() {
      const { desired, open } = journal.book();
      if (desired === null || !open) return false;
      allowed = { target: desired.target, until: clock.monotonic() + settings.earlyMs };
      return true;
    },
    pending() {
      const held = current();
      const reason = held === null ? null : closed(held.apply);
      if (reason === null) return null;
      const { code, message, opensAt } = reason;
      return { code, message, hint: codeInfo(code).hint, retryAt: opensAt };
    },
  };
}
