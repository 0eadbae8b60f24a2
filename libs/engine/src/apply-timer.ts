// SPDX-License-Identifier: Apache-2.0
import { codeInfo, FairleadError } from '@fairlead/base';
import { closedAt } from './apply-time.ts';
import type { Pending } from './engine-state.ts';
import type { ApplyGate, Waiting } from './stage-task.ts';
import type { Workplace } from './workplace.ts';

/** How often a wait is looked at, in milliseconds: the system's clock may be moved while it lasts. */
const lookEveryMs = 60_000;

/** Keeps a staged revision until its time. */
export interface ApplyTimer extends ApplyGate {
  /** This revision waits, in place of any other; null: none. */
  wait(revision: Waiting | null): Promise<void>;
  /** Not before this moment of the monotonic clock. */
  lookAt(): number;
  /** Somebody at the device wants it before its time; false: there is none. Throws `storage-failed` or `no-space`. */
  allow(): Promise<boolean>;
  pending(): Pending | null;
}

export function createApplyTimer(workplace: Workplace): ApplyTimer {
  const { journal, clock, idleness, settings, applyNotes: notes, logger } = workplace;
  let waiting: Waiting | null = null;

  const isAllowed = (): boolean => {
    const { desired } = journal.book();
    const until = desired === null ? null : notes.earlyUntil(desired.revision);
    return until !== null && clock.now() < until;
  };
  const overdue = (apply: Waiting['apply']) => closedAt(apply, clock.now(), idleness.busy());
  const closed: ApplyTimer['closed'] = (apply) => (isAllowed() ? null : overdue(apply));
  /** Another revision may have taken its place meanwhile. */
  const current = () => (waiting?.target === journal.book().desired?.target ? waiting : null);

  return {
    closed,
    hasWaited: (target) => notes.waitingSince(target) !== null,
    remark: (apply) =>
      isAllowed() && overdue(apply) !== null ? 'applied early, as asked on the device' : undefined,
    async wait(revision) {
      waiting = revision;
      try {
        if (revision === null) await notes.clear();
        else await notes.wait(revision.target, clock.now());
      } catch (thrown) {
        // It waits all the same; only since when may be told wrong.
        logger.warn('a wait could not be noted', { error: FairleadError.from(thrown).message });
      }
    },
    lookAt() {
      const held = current();
      const reason = held === null ? null : closed(held.apply);
      if (reason === null) return 0;
      const left = reason.opensAt === null ? lookEveryMs : reason.opensAt - clock.now();
      return clock.monotonic() + Math.min(lookEveryMs, Math.max(1, left));
    },
    async allow() {
      const { desired, open } = journal.book();
      if (desired === null || !open) return false;
      await notes.allow(desired.revision, clock.now() + settings.earlyMs);
      return true;
    },
    pending() {
      const held = current();
      const reason = held === null ? null : closed(held.apply);
      if (held === null || reason === null) return null;
      const { code, message, opensAt } = reason;
      const since = notes.waitingSince(held.target) ?? clock.now();
      return { code, message, hint: codeInfo(code).hint, since, retryAt: opensAt };
    },
  };
}
