// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import {
  err,
  FairleadError,
  isAbort,
  ok,
  type Digest,
  type Logger,
  type Result,
  nextWake,
} from '@fairlead/base';
import {
  hasProcess,
  isActive,
  type StepFailure,
  type SupervisorState,
  type UnitProcess,
} from '@fairlead/engine';
import type { JobUnit } from '@fairlead/target';
import { keepUp, type KeepUpReport } from './keep-up.ts';
import { afterEvent, type LifeEvent } from './life-cycle.ts';
import { createRunControl, type RunControlContext, type RunnableVersion } from './run-control.ts';
import {
  claimUnbegun,
  hasMark,
  newestRun,
  runProcess,
  runSecrets,
  runStatus,
  setMark,
  type Run,
} from './run-folder.ts';
import { killOf } from './supervisor-state.ts';
import { runEnd } from './watch-run.ts';

export interface SupervisorContext extends RunControlContext {
  readonly logger: Logger;
  /** Resolves when what the unit requires is ready; tells what is missing, at first and each time that changes. */
  awaitRequired(unit: JobUnit, missing: (reason: string) => void, signal: AbortSignal): Promise<void>;
}

/**
 * Keeps one unit up: starts it, sees when it is ready and when it ends, and starts it again as the unit says. What it knows stands
 * in the run folder too, so that the supervisor of a later agent goes on where this one was.
 */
export interface Supervisor {
  readonly name: string;
  state(): SupervisorState;
  /** The version that runs, or ran last; null: none on record. */
  version(): Digest | null;
  /** Ends that nobody asked for, counted since this agent started. */
  exits(): number;
  /** What killed a run from outside, until `forgetKill` or the next request; null: nothing did. */
  killed(): string | null;
  forgetKill(): void;
  /** What runs as the unit; undefined: nothing does. */
  process(): UnitProcess | undefined;
  /** Marks of the secrets that the last run began with, by name. */
  secrets(): ReadonlyMap<string, string>;
  /** True if it ran in this boot of the machine. */
  ranSinceBoot(): boolean;
  /** Takes up what an earlier agent left. `load` reads the version that runs. */
  adopt(load: (version: Digest) => Promise<JobUnit>): Promise<void>;
  /** Resolves when the first run is spawned or cannot be. Nothing is done for a unit that is up, or finished, in this version. */
  start(version: RunnableVersion): Promise<Result<void, StepFailure>>;
  /** Ends what runs, if anything does, and starts it when all that it requires is ready; unless it is asked for something else meanwhile. */
  startWhenReady(version: RunnableVersion): Promise<void>;
  stop(signal: AbortSignal): Promise<Result<void, StepFailure>>;
  /** Ends the supervision; what runs goes on. */
  letGo(): Promise<void>;
  /** Resolves at the next change of state. */
  changed(signal: AbortSignal): Promise<void>;
}

interface Life {
  readonly end: AbortController;
  readonly over: Promise<void>;
}

export function createSupervisor(name: string, context: SupervisorContext, onChange: () => void): Supervisor {
  const { clock, logger, settings, self, layout } = context;
  const { bootId } = self;
  const runs = layout.runs(name);
  const control = createRunControl(name, context);
  const keepUpContext = { control, clock, settings, errorLog: join(layout.logs(name), 'stderr.log') };
  const waiting = new Set<() => void>();
  let state: SupervisorState = { kind: 'stopped' };
  let run: Run | null = null;
  let unit: JobUnit | null = null;
  let exits = 0;
  let pid: number | null = null;
  let restarts = 0;
  let killed: string | null = null;
  let life: Life | null = null;
  /** Counts requests, so that one that waited sees whether a later one took its place. */
  let turn = 0;

  const happen = (event: LifeEvent): void => {
    const next = afterEvent(state, event);
    if (JSON.stringify(next) === JSON.stringify(state)) return;
    state = next;
    logger.info('job', { job: name, ...next });
    for (const wake of [...waiting]) wake();
    onChange();
  };

  const forgetKill = (): void => {
    killed = null;
  };

  /** A request takes the place of what was before. */
  const take = (): number => {
    forgetKill();
    turn += 1;
    return turn;
  };

  const takeUp = (found: Run | null): void => {
    run = found;
    pid = found === null ? null : (runProcess(found)?.pid ?? null);
  };

  const live = (work: (signal: AbortSignal) => Promise<void>): void => {
    const end = new AbortController();
    life = { end, over: work(end.signal) };
  };

  const endLife = async (): Promise<void> => {
    life?.end.abort(new FairleadError({ code: 'cancelled', message: 'supervision ends' }));
    await life?.over;
    life = null;
  };

  /** Begins a life of the unit and resolves with how its first start went. */
  const begin = (
    version: RunnableVersion,
    takeOver: Run | null,
    before: (signal: AbortSignal) => Promise<Result<void, StepFailure>>,
  ): Promise<Result<void, StepFailure>> => {
    unit = version.unit;
    let hadRun = takeOver !== null;
    if (!hadRun) pid = null;
    return new Promise((resolve) => {
      const report: KeepUpReport = {
        happened: happen,
        run: (started) => {
          if (hadRun) restarts += 1;
          hadRun = true;
          takeUp(started);
          onChange();
        },
        spawned: resolve,
        exit: (outcome) => {
          exits += 1;
          pid = null;
          killed = killOf(outcome) ?? killed;
        },
      };
      const fail = ({ code, message }: StepFailure): void => {
        happen({ kind: 'over', then: { kind: 'failed', code, reason: message } });
        resolve(err({ code, message }));
      };
      live(async (signal) => {
        try {
          const prepared = await before(signal);
          if (prepared.ok) await keepUp(version, takeOver, keepUpContext, report, signal);
          else fail(prepared.error);
        } catch (error) {
          if (signal.aborted || isAbort(error))
            resolve(err({ code: 'cancelled', message: 'the start was called off' }));
          else fail(FairleadError.from(error, 'storage-failed'));
        }
      });
    });
  };

  /** No two runs of a unit at once, whatever became of the supervision of the one before. */
  const endFormer = async (signal: AbortSignal): Promise<Result<void, StepFailure>> => {
    const former = run ?? (await newestRun(runs));
    if (former === null || former.record.bootId !== bootId) return ok();
    // One that is not recorded yet may be about to begin, and one that ended may have left something running.
    if ((await runStatus(former, bootId)).kind === 'running') happen({ kind: 'stop' });
    return control.end(former, unit, signal);
  };

  const isUpAs = (digest: Digest): boolean => {
    const isThisVersion = run?.record.version === digest && run.record.bootId === bootId;
    if (!isThisVersion || state.kind === 'waiting') return false;
    return state.kind === 'finished' || (life !== null && isActive(state));
  };

  return {
    name,
    state: () => state,
    version: () => run?.record.version ?? null,
    exits: () => exits,
    killed: () => killed,
    forgetKill,
    process: () => (pid !== null && hasProcess(state) ? { pid, restarts } : undefined),
    secrets: () => (run === null ? new Map() : runSecrets(run)),
    ranSinceBoot: () => run?.record.bootId === bootId,
    async adopt(load) {
      const found = await newestRun(runs);
      takeUp(found);
      if (found === null || found.record.bootId !== bootId) return;
      const status = await runStatus(found, bootId);
      if (status.kind === 'void' && (await claimUnbegun(found))) return;
      const isUp = status.kind !== 'ended';
      const asked = (await hasMark(found, 'stop-asked')) || (await hasMark(found, 'agent-gone'));
      unit = await load(found.record.version).catch(() => null);
      if (unit !== null && !asked) {
        // Said before anything is awaited: nobody may take for stopped what runs.
        happen({ kind: 'found', isReady: await hasMark(found, 'ready') });
        void begin({ unit, digest: found.record.version }, found, async () => ok());
      } else if (isUp) {
        // It was being ended, or its version is gone: seen to its end, and not started again.
        happen({ kind: 'stop' });
        live(async (signal) => {
          await runEnd(found, bootId, settings.pollMs, clock, signal).then(
            () => {
              happen({ kind: 'gone' });
            },
            () => undefined,
          );
        });
      }
    },
    async start(version) {
      if (isUpAs(version.digest)) return ok();
      take();
      await endLife();
      return begin(version, null, endFormer);
    },
    async startWhenReady(version) {
      const mine = take();
      await endLife();
      if (mine !== turn) return;
      happen({ kind: 'wait', reason: 'waits for what it requires' });
      void begin(version, null, async (signal) => {
        const ended = await endFormer(signal);
        if (!ended.ok) return ended;
        await context.awaitRequired(
          version.unit,
          (reason) => {
            happen({ kind: 'wait', reason });
          },
          signal,
        );
        return ok();
      });
    },
    async stop(signal) {
      take();
      await endLife();
      const current = run ?? (await newestRun(runs));
      if (current !== null && current.record.bootId === bootId) {
        if ((await runStatus(current, bootId)).kind === 'running') happen({ kind: 'stop' });
        await setMark(current, 'stop-asked').catch(() => undefined);
        const stopped = await control.end(current, unit, signal);
        if (!stopped.ok) return stopped;
      }
      happen({ kind: 'gone' });
      return ok();
    },
    letGo() {
      turn += 1;
      return endLife();
    },
    changed: (signal) => nextWake(waiting, signal),
  };
}
