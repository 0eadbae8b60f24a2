// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { codeInfo, err, FairleadError, isAbort, ok, type Clock, type Digest, type Logger, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import type { JobUnit } from '@fairlead/target';
import { execFailure } from './exec-failure.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { prepareLaunch, type LaunchContext } from './prepare-launch.ts';
import { awaitReadiness, type ReadinessEnd } from './readiness.ts';
import { claimUnbegun, hasMark, newestRun, runStatus, setMark, type Run } from './run-folder.ts';
import type { JobSettings } from './settings.ts';
import { startRun, type RunPlace } from './start-run.ts';
import { stopRun } from './stop-run.ts';
import { afterRun, isActive, type RunOutcome, type SupervisorState } from './supervisor-state.ts';
import { unitGroups } from './unit-groups.ts';
import { runEnd } from './watch-run.ts';

export interface SupervisorContext extends LaunchContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: JobSettings;
  readonly self: ProcessIdentity;
  readonly keeperPath: readonly string[];
  /** Resolves when what the unit requires is ready; tells beforehand what is missing, and each time that changes. */
  awaitRequired(unit: JobUnit, missing: (reason: string) => void, signal: AbortSignal): Promise<void>;
}

/** One version of a unit, to be run. */
export interface RunnableVersion {
  readonly unit: JobUnit;
  readonly digest: Digest;
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
  /** True if it ran in this boot of the machine. */
  ranSinceBoot(): boolean;
  /** Takes up what an earlier agent left. `load` reads the version that runs. */
  adopt(load: (version: Digest) => Promise<JobUnit>): Promise<void>;
  /** Resolves when the first run is spawned or cannot be. Nothing is done for a unit that is up, or finished, in this version. */
  start(version: RunnableVersion): Promise<Result<void, StepFailure>>;
  /** As start, but in its own time: when all that it requires is ready. */
  startWhenReady(version: RunnableVersion): void;
  /** Stops what runs and starts it again when all that it requires is ready, unless it is asked for something else meanwhile. */
  restart(version: RunnableVersion): Promise<void>;
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
  const logs = layout.logs(name);
  const place: RunPlace = {
    keeper: layout.keeper,
    runs,
    logs,
    logBytes: settings.logBytes,
    logFiles: settings.logFiles,
    bootId,
    searchPath: context.keeperPath,
  };
  const waiting = new Set<() => void>();
  let state: SupervisorState = { kind: 'stopped' };
  let run: Run | null = null;
  let unit: JobUnit | null = null;
  let exits = 0;
  let life: Life | null = null;
  /** Counts requests, so that one that waited sees whether a later one took its place. */
  let turn = 0;

  const set = (next: SupervisorState): void => {
    if (JSON.stringify(next) === JSON.stringify(state)) return;
    state = next;
    logger.info('job', { job: name, ...next });
    for (const wake of [...waiting]) wake();
    onChange();
  };

  const live = (work: (signal: AbortSignal) => Promise<void>): void => {
    const end = new AbortController();
    const over = work(end.signal).catch((error: unknown) => {
      if (isAbort(error) || end.signal.aborted) return;
      const { code, message } = FairleadError.from(error);
      set({ kind: 'failed', code, reason: message });
    });
    life = { end, over };
  };

  const endLife = async (): Promise<void> => {
    life?.end.abort(new FairleadError({ code: 'cancelled', message: 'supervision ends' }));
    await life?.over;
    life = null;
  };

  const endRun = async (current: Run, of: JobUnit | null, signal: AbortSignal): Promise<Result<void, StepFailure>> =>
    stopRun(current, of?.stop.graceMs ?? settings.graceMs, { bootId, clock, groups: await unitGroups(layout.units, name) }, signal);

  const spawnRun = async ({ unit: wanted, digest }: RunnableVersion, failures: number): Promise<Result<Run, StepFailure>> => {
    const prepared = await prepareLaunch(wanted, digest, context);
    if (!prepared.ok) return prepared;
    const graceMs = wanted.stop.graceMs ?? settings.graceMs;
    const dieWith = wanted.dieWithAgent ? { process: self, graceMs } : null;
    return startRun({ version: digest, failures, ...prepared.value, dieWith }, place, clock);
  };

  /** From a running program to its end: says when it is ready, and ends it if it is not in time. */
  const follow = async (current: Run, wanted: JobUnit, signal: AbortSignal): Promise<RunOutcome> => {
    let wasReady = await hasMark(current, 'ready');
    let tooLate = false;
    set({ kind: wasReady ? 'running' : 'starting' });
    const over = new AbortController();
    const readiness = wasReady
      ? Promise.resolve<ReadinessEnd>({ kind: 'ready' })
      : awaitReadiness(current, wanted.ready, { logs, bootId, clock }, AbortSignal.any([signal, over.signal]));
    const noticed = readiness.then(async (end) => {
      if (end.kind === 'too-late') {
        tooLate = true;
        await endRun(current, wanted, signal);
      } else if (end.kind === 'ready') {
        wasReady = true;
        await setMark(current, 'ready');
        if ((await runStatus(current, bootId)).kind === 'running') set({ kind: 'running' });
      }
    });
    noticed.catch(() => undefined);
    const ended = await runEnd(current, bootId, settings.pollMs, clock, signal);
    // A delay has nothing more to find out; an OK string may stand in the last of the output.
    if (wanted.ready.kind === 'delay') over.abort();
    await noticed.catch((error: unknown) => { if (!isAbort(error)) throw error; });
    const exit = ended.kind === 'ended' ? ended.exit : ({ kind: 'lost' } as const);
    return { exit, wasReady, tooLate, upMs: Math.max(0, clock.now() - current.record.startedAt) };
  };

  /** Runs the unit again and again until it is given up, finished or called off. `first`: a run that is on already. */
  const superviseFrom = async (
    version: RunnableVersion,
    first: Run | null,
    spawned: (result: Result<void, StepFailure>) => void,
    signal: AbortSignal,
  ): Promise<void> => {
    let current = first;
    let failures = first?.record.failures ?? 0;
    for (;;) {
      if (current === null) {
        set({ kind: 'starting' });
        const started = await spawnRun(version, failures);
        if (!started.ok && codeInfo(started.error.code).fault === 'itself') {
          set({ kind: 'failed', code: started.error.code, reason: started.error.message });
          spawned(started);
          return;
        }
        run = started.ok ? started.value : run;
        spawned(started.ok ? ok() : started);
        if (!started.ok) {
          // What lies around the unit may pass: tried again as if it had failed, without counting against its limit.
          set({ kind: 'backing-off', code: started.error.code, reason: started.error.message });
          await clock.sleep(Math.max(1_000, version.unit.restart.pauseMs), signal);
          continue;
        }
        current = started.value;
      }
      signal.throwIfAborted();
      const outcome = await follow(current, version.unit, signal);
      exits += 1;
      const unrunnable = await execFailure(outcome.exit, join(logs, 'stderr.log'));
      if (unrunnable !== null) {
        set({ kind: 'failed', code: 'program-not-found', reason: `'${version.unit.program}' cannot be executed: ${unrunnable}` });
        return;
      }
      const next = afterRun(version.unit.restart, outcome, failures, settings);
      if (next.kind !== 'backing-off') {
        set(next);
        return;
      }
      set({ kind: 'backing-off', code: next.code, reason: next.reason });
      // What the program started may have outlived it, and would stand in the way of the next run.
      await endRun(current, version.unit, signal);
      await clock.sleep(next.pauseMs, signal);
      failures = next.failures;
      current = null;
    }
  };

  /** `gated`: not before what it requires is ready. `before`: a run to be ended first; `first`: one to be taken over. */
  const begin = (
    version: RunnableVersion,
    { gated = false, before = null, first = null }: { readonly gated?: boolean; readonly before?: Run | null; readonly first?: Run | null },
  ): Promise<Result<void, StepFailure>> => {
    unit = version.unit;
    return new Promise((resolve) => {
      live(async (signal) => {
        try {
          if (before !== null) {
            set({ kind: 'stopping' });
            const ended = await endRun(before, version.unit, signal);
            if (!ended.ok) {
              set({ kind: 'failed', code: ended.error.code, reason: ended.error.message });
              return;
            }
          }
          if (gated) {
            set({ kind: 'waiting', reason: 'waits for what it requires' });
            await context.awaitRequired(version.unit, (reason) => { set({ kind: 'waiting', reason }); }, signal);
          }
          await superviseFrom(version, first, resolve, signal);
        } finally {
          resolve(err({ code: 'cancelled', message: 'the start was called off' }));
        }
      });
    });
  };

  const isUpAs = (digest: Digest): boolean =>
    (isActive(state) || state.kind === 'finished') && run?.record.version === digest && run.record.bootId === bootId;

  return {
    name,
    state: () => state,
    version: () => run?.record.version ?? null,
    exits: () => exits,
    ranSinceBoot: () => run?.record.bootId === bootId,
    async adopt(load) {
      run = await newestRun(runs);
      if (run === null || run.record.bootId !== bootId) return;
      const status = await runStatus(run, bootId);
      if (status.kind === 'void' && (await claimUnbegun(run))) return;
      const asked = (await hasMark(run, 'stop-asked')) || (await hasMark(run, 'agent-gone'));
      if (asked && status.kind !== 'running') return;
      unit = await load(run.record.version);
      const current = run;
      if (!asked) {
        void begin({ unit, digest: run.record.version }, { first: run });
        return;
      }
      // It was being ended: seen to its end, and not started again.
      set({ kind: 'stopping' });
      live(async (signal) => {
        await runEnd(current, bootId, settings.pollMs, clock, signal);
        set({ kind: 'stopped' });
      });
    },
    async start(version) {
      if (life !== null && isUpAs(version.digest) && state.kind !== 'waiting') return ok();
      if (state.kind === 'finished' && isUpAs(version.digest)) return ok();
      turn += 1;
      await endLife();
      return begin(version, {});
    },
    startWhenReady(version) {
      if (life !== null && isActive(state)) return;
      turn += 1;
      void begin(version, { gated: true });
    },
    async restart(version) {
      turn += 1;
      const mine = turn;
      await endLife();
      if (mine === turn) void begin(version, { gated: true, before: run });
    },
    async stop(signal) {
      turn += 1;
      await endLife();
      const current = run ?? (await newestRun(runs));
      if (current !== null && current.record.bootId === bootId) {
        if ((await runStatus(current, bootId)).kind === 'running') set({ kind: 'stopping' });
        await setMark(current, 'stop-asked').catch(() => undefined);
        const stopped = await endRun(current, unit, signal);
        if (!stopped.ok) return stopped;
      }
      set({ kind: 'stopped' });
      return ok();
    },
    letGo() {
      turn += 1;
      return endLife();
    },
    changed: (signal) =>
      new Promise((resolve, reject) => {
        const wake = (): void => {
          waiting.delete(wake);
          signal.removeEventListener('abort', onAbort);
          resolve();
        };
        const onAbort = (): void => {
          waiting.delete(wake);
          reject(FairleadError.from(signal.reason, 'cancelled'));
        };
        if (signal.aborted) {
          onAbort();
          return;
        }
        waiting.add(wake);
        signal.addEventListener('abort', onAbort, { once: true });
      }),
  };
}
