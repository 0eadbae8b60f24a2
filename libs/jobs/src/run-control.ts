// SPDX-License-Identifier: Apache-2.0
import { isAbort, type Clock, type Digest, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import type { JobUnit } from '@fairlead/target';
import { mayBeUnstarted } from './exec-failure.ts';
import { prepareLaunch, type LaunchContext } from './prepare-launch.ts';
import { ageOf, type ProcessIdentity } from './process-identity.ts';
import { awaitReadiness, lastOutput, type ReadinessEnd } from './readiness.ts';
import { hasMark, runGroups, runStatus, setMark, type Run } from './run-folder.ts';
import { limitsOf, ranOutOfMemory } from './run-groups.ts';
import type { JobSettings } from './settings.ts';
import { startRun } from './start-run.ts';
import { stopRun } from './stop-run.ts';
import { storing } from './storing.ts';
import type { RunOutcome } from './supervisor-state.ts';
import { runEnd } from './watch-run.ts';

export interface RunControlContext extends LaunchContext {
  readonly clock: Clock;
  readonly settings: JobSettings;
  /** The agent's own process, for runs that are to end with it. */
  readonly self: ProcessIdentity;
  /** PATH on which the keeper finds its tools. */
  readonly keeperPath: readonly string[];
}

/** One version of a unit, to be run. */
export interface RunnableVersion {
  readonly unit: JobUnit;
  readonly digest: Digest;
}

/** What is done with the runs of one unit. */
export interface RunControl {
  /** Starts a run. `failures`: in a row before it. */
  spawn(version: RunnableVersion, failures: number): Promise<Result<Run, StepFailure>>;
  /** From a running program to its end: tells when it is ready, and ends it if it is not in time. */
  follow(run: Run, unit: JobUnit, onReady: () => void, signal: AbortSignal): Promise<RunOutcome>;
  /** Ends a run with all that it started; `unit`, where it is known, says how long that may take. */
  end(run: Run, unit: JobUnit | null, signal: AbortSignal): Promise<Result<void, StepFailure>>;
}

export function createRunControl(name: string, context: RunControlContext): RunControl {
  const { clock, settings, self, layout } = context;
  const { bootId } = self;
  const logs = layout.logs(name);
  const graceOf = (unit: JobUnit | null): number => unit?.stop.graceMs ?? settings.graceMs;

  const end: RunControl['end'] = (run, unit, signal) =>
    stopRun(run, graceOf(unit), { bootId, clock }, signal);

  return {
    end,
    spawn: ({ unit, digest }, failures) =>
      storing(async () => {
        const prepared = await prepareLaunch(unit, digest, context);
        if (!prepared.ok) return prepared;
        const dieWith = unit.dieWithAgent ? { process: self, graceMs: graceOf(unit) } : null;
        return startRun(
          { version: digest, failures, ...prepared.value, limits: limitsOf(unit), dieWith },
          {
            keeper: layout.keeper,
            unit: name,
            runs: layout.runs(name),
            salt: layout.units,
            logs,
            logBytes: settings.logBytes,
            logFiles: settings.logFiles,
            bootId,
            searchPath: context.keeperPath,
          },
          clock,
        );
      }),
    async follow(run, unit, onReady, signal) {
      let wasReady = await hasMark(run, 'ready');
      let tooLate = false;
      const over = new AbortController();
      const readiness = wasReady
        ? Promise.resolve<ReadinessEnd>({ kind: 'ready' })
        : awaitReadiness(run, unit.ready, { logs, bootId, clock }, AbortSignal.any([signal, over.signal]));
      const noticed = readiness.then(async (seen) => {
        if (seen.kind === 'too-late') {
          tooLate = true;
          await end(run, unit, signal);
        } else if (seen.kind === 'ready') {
          wasReady = true;
          // For a later agent, which can do without: it waits for readiness again.
          await setMark(run, 'ready').catch(() => undefined);
          if ((await runStatus(run, bootId)).kind === 'running') onReady();
        }
      });
      noticed.catch(() => undefined);
      const ended = await runEnd(run, bootId, settings.pollMs, clock, signal);
      // A delay has nothing more to find out; an OK string may stand in the last of the output.
      if (unit.ready.kind === 'delay') over.abort();
      await noticed.catch((error: unknown) => {
        if (!isAbort(error)) throw error;
      });
      // Why a program was not started stands in its log alone.
      if (ended.kind === 'ended' && mayBeUnstarted(ended.exit)) await lastOutput(run, bootId, clock, signal);
      const { exit, process, upMs } =
        ended.kind === 'ended' ? ended : { exit: { kind: 'lost' } as const, process: null, upMs: null };
      const outOfMemory = await ranOutOfMemory(runGroups(run));
      return {
        exit,
        wasReady,
        tooLate,
        outOfMemory,
        upMs: upMs ?? (process === null ? 0 : ageOf(process)),
      };
    },
  };
}
