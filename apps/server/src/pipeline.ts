// SPDX-License-Identifier: Apache-2.0
import { FairleadError, isAbort, type Clock, type Logger, type Result } from '@fairlead/base';
import type { HeadReport } from '@fairlead/git';
import type { Problems, ProblemArea, Setback } from './problems.ts';
import type { Release } from './release.ts';

export interface PipelinePorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly problems: Problems;
  readonly release: Release;
  /** The head could not be worked off for a reason that may pass: look at it again at the next poll. */
  readonly lookAgain: () => void;
}

export interface Pipeline {
  /** Takes the newest head; one that is still waiting gives way. */
  take(report: HeadReport): void;
  /** Works heads off one at a time, and signs again what is due, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Longest time without a look at whether metadata is due, in milliseconds. */
const refreshEveryMs = 60_000;
/** How often a lost race is run again at once. */
const races = 10;
const areas = [
  'repository',
  'history',
  'log',
  'compiler',
  'keys',
  'release',
] as const satisfies readonly ProblemArea[];

/** Works off what the watcher reports, and keeps the list of problems true. */
export function createPipeline({ clock, logger, problems, release, lookAgain }: PipelinePorts): Pipeline {
  let waiting: HeadReport | undefined;
  let wake = (): void => undefined;

  async function work(report: HeadReport, signal: AbortSignal): Promise<void> {
    if (report.kind === 'problem') {
      problems.set('repository', report.problem);
      return;
    }
    const done = await racing(() => release.follow(report.repository, report.commit, signal));
    const setback = done.ok ? undefined : done.error;
    for (const area of areas) if (area !== setback?.area) problems.clear(area);
    if (setback === undefined) return;
    problems.set(setback.area, setback.problem);
    lookAgain();
  }

  async function refresh(signal: AbortSignal): Promise<void> {
    const done = await racing(() => release.refresh(signal));
    if (!done.ok) {
      problems.set(done.error.area, done.error.problem);
      // When the head is looked at again, what is over is cleared.
      lookAgain();
    } else if (done.value === 'signed') problems.clear('log');
    const expiring = release.expiring();
    if (expiring === undefined) problems.clear('expiry');
    else problems.set('expiry', expiring);
  }

  /** Another server may write first; what it wrote is known by then, and counts. */
  async function racing<T>(attempt: () => Promise<Result<T, Setback>>): Promise<Result<T, Setback>> {
    for (let race = 1; ; race += 1) {
      const done = await attempt();
      if (done.ok || done.error.problem.code !== 'ref-contended' || race === races) return done;
    }
  }

  async function nap(signal: AbortSignal): Promise<void> {
    if (waiting !== undefined) return;
    const woken = new AbortController();
    wake = () => {
      woken.abort();
    };
    await clock.sleep(refreshEveryMs, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
    wake = () => undefined;
  }

  return {
    take(report) {
      waiting = report;
      wake();
    },
    async run(signal) {
      while (!signal.aborted) {
        const report = waiting;
        waiting = undefined;
        try {
          if (report !== undefined) await work(report, signal);
          await refresh(signal);
        } catch (thrown) {
          if (isAbort(thrown)) continue;
          // A fault of ours in one commit must not take the fleet's server down: it is said, and the next commit is looked at.
          const { code, message, hint, stack } = FairleadError.from(thrown);
          problems.set('compiler', { code, message, hint });
          logger.error('a head could not be worked off', { code, message, stack });
        }
        await nap(signal);
      }
    },
  };
}
