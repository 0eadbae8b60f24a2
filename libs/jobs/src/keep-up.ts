// SPDX-License-Identifier: Apache-2.0
import { codeInfo, ok, type Clock, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import { execFailure } from './exec-failure.ts';
import type { LifeEvent } from './life-cycle.ts';
import type { RunControl, RunnableVersion } from './run-control.ts';
import type { Run } from './run-folder.ts';
import type { JobSettings } from './settings.ts';
import { afterRun, stateAfter, type RunOutcome } from './supervisor-state.ts';

/** What is told while a unit is kept up. */
export interface KeepUpReport {
  happened(event: LifeEvent): void;
  /** A new run began. */
  run(run: Run): void;
  /** How the first start went; told once more at later ones. */
  spawned(result: Result<void, StepFailure>): void;
  /** A run ended that nobody had asked to end. */
  exit(outcome: RunOutcome): void;
}

export interface KeepUpContext {
  readonly control: RunControl;
  readonly clock: Clock;
  readonly settings: JobSettings;
  /** The log of standard error. */
  readonly errorLog: string;
}

/** Pause before a start is tried again that failed for what lies around the unit, in milliseconds; longer where the unit says so. */
const spawnPauseMs = 1_000;

/** Runs a unit again and again until it is given up or finished, or the signal aborts. `first`: a run that is on already. */
export async function keepUp(
  version: RunnableVersion,
  first: Run | null,
  { control, clock, settings, errorLog }: KeepUpContext,
  report: KeepUpReport,
  signal: AbortSignal,
): Promise<void> {
  const { unit } = version;
  let current = first;
  let failures = first?.record.failures ?? 0;
  for (;;) {
    if (current === null) {
      report.happened({ kind: 'start' });
      const started = await control.spawn(version, failures);
      if (!started.ok) {
        const { code, message: reason } = started.error;
        const isFinal = codeInfo(code).fault === 'itself';
        report.happened({ kind: 'over', then: { kind: isFinal ? 'failed' : 'backing-off', code, reason } });
        report.spawned(started);
        if (isFinal) return;
        // What lies around the unit may pass; it does not count against its limit.
        await clock.sleep(Math.max(spawnPauseMs, unit.restart.pauseMs), signal);
        continue;
      }
      current = started.value;
      report.run(current);
      report.spawned(ok());
    }
    signal.throwIfAborted();
    const outcome = await control.follow(
      current,
      unit,
      () => {
        report.happened({ kind: 'ready' });
      },
      signal,
    );
    report.exit(outcome);
    const unrunnable = await execFailure(outcome.exit, errorLog);
    if (unrunnable !== null) {
      await control.end(current, unit, signal);
      const reason = `'${unit.program}' cannot be executed: ${unrunnable}`;
      report.happened({ kind: 'over', then: { kind: 'failed', code: 'program-not-found', reason } });
      return;
    }
    const next = afterRun(unit.restart, outcome, failures, settings);
    report.happened({ kind: 'over', then: stateAfter(next) });
    // What the program started may have outlived it: nobody would look after it, and it would stand in the way of the next run.
    await control.end(current, unit, signal);
    if (next.kind !== 'backing-off') return;
    await clock.sleep(next.pauseMs, signal);
    failures = next.failures;
    current = null;
  }
}
