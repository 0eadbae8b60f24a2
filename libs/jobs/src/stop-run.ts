// SPDX-License-Identifier: Apache-2.0
import { err, errnoOf, ok, type Clock, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import type { ProcessIdentity, ProcessStat } from './process-identity.ts';
import { claimUnbegun, isKeeperAlive, runGroups, runStatus, type Run } from './run-folder.ts';
import { closeGroups, killGroups } from './run-groups.ts';
import { createMemberSearch } from './run-members.ts';

/** How long the kernel may take to end what was killed, in milliseconds. */
const killDeadlineMs = 10_000;

/** How long the keeper may take to write the last of the output, in milliseconds. */
const keeperDeadlineMs = 2_000;

/** How long the kernel may take to let go of a control group in which nothing runs any more, in milliseconds. */
const groupDeadlineMs = 2_000;

/** Pauses between looks grow from the first to the second, in milliseconds: most processes end at once. */
const shortPauseMs = 5;
const longPauseMs = 100;

export interface StopContext {
  readonly bootId: string;
  readonly clock: Clock;
}

/**
 * Ends a run with all that it started, wherever it went: SIGTERM, after the grace SIGKILL, and looks that nothing stays. Fails as `stop-failed` if something does. Aborting the signal ends the waits, not the asking.
 */
export async function stopRun(
  run: Run,
  graceMs: number,
  context: StopContext,
  signal: AbortSignal,
): Promise<Result<void, StepFailure>> {
  const { bootId, clock } = context;
  let status = await runStatus(run, bootId);
  // A keeper that has begun records the process within moments.
  while (status.kind === 'void') {
    if ((await claimUnbegun(run)) || !(await isKeeperAlive(run, bootId))) {
      await closeGroups(runGroups(run));
      return ok();
    }
    await clock.sleep(shortPauseMs, signal);
    status = await runStatus(run, bootId);
  }
  if (status.process === null) return ok();
  const leader = status.process;
  const groups = runGroups(run);
  const members = createMemberSearch(leader, groups, bootId);
  const gone = async (): Promise<boolean> => (await members()).length === 0;

  const asked = await members();
  send('SIGTERM', asked, leader);
  // What is halted hears of it only when it goes on.
  send('SIGCONT', asked, leader);
  if (!(await until(gone, graceMs, clock, signal))) {
    // At every look: what forks faster than it is found is not through with one blow.
    const killed = async (): Promise<boolean> => {
      await killGroups(groups);
      send('SIGKILL', await members(), leader);
      return gone();
    };
    if (!(await until(killed, killDeadlineMs, clock, signal))) {
      return err({
        code: 'stop-failed',
        message: `process ${String(leader.pid)} or one that it started does not end, even when killed`,
      });
    }
  }
  await until(async () => !(await isKeeperAlive(run, bootId)), keeperDeadlineMs, clock, signal);
  // What is dead to all who ask may hold its group for a moment longer.
  await until(() => closeGroups(groups), groupDeadlineMs, clock, signal);
  return ok();
}

/** Process groups of the session are reached as one, so that nothing that they fork meanwhile is missed; the others one by one. */
function send(name: NodeJS.Signals, members: readonly ProcessStat[], leader: ProcessIdentity): void {
  const targets = members.map(({ pid, group, session }) => (session === leader.pid ? -group : pid));
  for (const target of new Set(targets)) {
    try {
      process.kill(target, name);
    } catch (error) {
      // Ended between being seen and being asked; or not ours to ask, and then the wait that follows tells.
      if (errnoOf(error) !== 'ESRCH' && errnoOf(error) !== 'EPERM') throw error;
    }
  }
}

async function until(
  condition: () => Promise<boolean>,
  withinMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const end = clock.monotonic() + withinMs;
  for (let pauseMs = shortPauseMs; ; pauseMs = Math.min(longPauseMs, pauseMs * 2)) {
    if (await condition()) return true;
    if (clock.monotonic() >= end) return false;
    await clock.sleep(pauseMs, signal);
  }
}
