// SPDX-License-Identifier: Apache-2.0
import { err, FairleadError, ok, withDeadline, type Clock, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import type { JobSettings } from './settings.ts';
import type { Supervisor } from './supervisor.ts';

/** So many ends while someone waits for a unit to come up or stay up are a crash loop. */
const crashLoop = 3;

/** Waits until the unit is ready. A unit that is given up, or ends again and again, is a failure; so is one that takes too long. */
export function awaitReady(
  supervisor: Supervisor,
  settings: JobSettings,
  clock: Clock,
  signal: AbortSignal,
): Promise<Result<void, StepFailure>> {
  const before = supervisor.exits();
  return bounded(settings, clock, signal, 'ready-timeout', async (inner) => {
    for (;;) {
      const failure = failureOf(supervisor, before);
      if (failure !== null) return err(failure);
      const { kind } = supervisor.state();
      if (kind === 'running' || kind === 'finished') return ok();
      await supervisor.changed(inner);
    }
  });
}

/** Watches until the unit was up for the whole window without ending; one that did its work and ended well counts as healthy. */
export function awaitHealthy(
  supervisor: Supervisor,
  settings: JobSettings,
  clock: Clock,
  signal: AbortSignal,
): Promise<Result<void, StepFailure>> {
  const before = supervisor.exits();
  return bounded(settings, clock, signal, 'health-failed', async (inner) => {
    for (;;) {
      const failure = failureOf(supervisor, before);
      if (failure !== null) return err(failure);
      const { kind } = supervisor.state();
      if (kind === 'finished') return ok();
      if (kind === 'running') {
        if (await undisturbed(supervisor, settings.healthWindowMs, clock, inner)) return ok();
      } else {
        await supervisor.changed(inner);
      }
    }
  });
}

function failureOf(supervisor: Supervisor, exitsBefore: number): StepFailure | null {
  const state = supervisor.state();
  if (state.kind === 'failed') return { code: state.code, message: `'${supervisor.name}': ${state.reason}` };
  if (state.kind === 'stopped')
    return { code: 'start-failed', message: `'${supervisor.name}' is not started` };
  const ends = supervisor.exits() - exitsBefore;
  if (ends < crashLoop) return null;
  const last = state.kind === 'backing-off' ? `, last: ${state.reason}` : '';
  return {
    code: 'health-failed',
    message: `'${supervisor.name}' ended ${String(ends)} times in a row${last}`,
  };
}

/** True: nothing changed for that long. */
async function undisturbed(
  supervisor: Supervisor,
  ms: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const done = new AbortController();
  const both = AbortSignal.any([signal, done.signal]);
  try {
    return await Promise.race([
      clock.sleep(ms, both).then(() => true),
      supervisor.changed(both).then(() => false),
    ]);
  } finally {
    done.abort();
  }
}

async function bounded(
  settings: JobSettings,
  clock: Clock,
  signal: AbortSignal,
  code: 'ready-timeout' | 'health-failed',
  work: (signal: AbortSignal) => Promise<Result<void, StepFailure>>,
): Promise<Result<void, StepFailure>> {
  try {
    return await withDeadline(clock, settings.deadlineMs, signal, work);
  } catch (error) {
    if (signal.aborted || !(error instanceof FairleadError) || error.code !== 'timed-out') throw error;
    return err({ code, message: `not there after ${String(settings.deadlineMs)} ms` });
  }
}
