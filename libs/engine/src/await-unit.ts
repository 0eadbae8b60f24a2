// SPDX-License-Identifier: Apache-2.0
import {
  err,
  FairleadError,
  formatDuration,
  ok,
  withDeadline,
  type Clock,
  type Result,
} from '@fairlead/base';
import type { StepFailure } from './domain.ts';
import type { SupervisorState } from './supervisor-state.ts';

/** So many ends while someone waits for a unit to come up or stay up are a crash loop. */
const crashLoop = 3;

/** A unit as its driver looks after it. */
export interface WatchedUnit {
  readonly name: string;
  state(): SupervisorState;
  /** Ends that nobody asked for, counted since this agent started. */
  exits(): number;
  /** Resolves at the next change of state. */
  changed(signal: AbortSignal): Promise<void>;
  /** Takes in what has happened and was not told of yet. Absent: it is told of at once. */
  refresh?(signal: AbortSignal): Promise<void>;
}

interface Watch {
  /** How long it must stay up to count as healthy, and the bound of the wait for that; in milliseconds. */
  readonly settings: { readonly healthWindowMs: number; readonly deadlineMs: number };
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Waits until the unit is ready. A unit that is given up, or ends again and again, is a failure; so is one that takes longer than
 * it says itself (`statedMs`) and the deadline after that.
 */
export function awaitReady(
  supervisor: WatchedUnit,
  statedMs: number,
  { settings, clock, signal }: Watch,
): Promise<Result<void, StepFailure>> {
  const deadlineMs = statedMs + settings.deadlineMs;
  return bounded('ready-timeout', deadlineMs, clock, signal, (inner) =>
    watchFor(supervisor, async (kind) => {
      if (kind === 'running') return true;
      await supervisor.changed(inner);
      return false;
    }),
  );
}

/** Watches until the unit was up for the whole window without ending; one that did its work and ended well counts as healthy. */
export function awaitHealthy(
  supervisor: WatchedUnit,
  { settings, clock, signal }: Watch,
): Promise<Result<void, StepFailure>> {
  return bounded('health-failed', settings.deadlineMs, clock, signal, (inner) =>
    watchFor(supervisor, async (kind) => {
      if (kind === 'running') return stayedUp(supervisor, settings.healthWindowMs, clock, inner);
      await supervisor.changed(inner);
      return false;
    }),
  );
}

/** `look`: true if that is enough; else it resolves at the next change of state. A unit that finished is always good enough. */
async function watchFor(
  supervisor: WatchedUnit,
  look: (kind: SupervisorState['kind']) => Promise<boolean>,
): Promise<Result<void, StepFailure>> {
  const before = supervisor.exits();
  for (;;) {
    const failure = failureOf(supervisor, before);
    if (failure !== null) return err(failure);
    const { kind } = supervisor.state();
    if (kind === 'finished' || (await look(kind))) return ok();
  }
}

function failureOf(supervisor: WatchedUnit, exitsBefore: number): StepFailure | null {
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

/** True: it ran all that time, and runs. */
async function stayedUp(
  supervisor: WatchedUnit,
  ms: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const before = supervisor.exits();
  if (!(await undisturbed(supervisor, ms, clock, signal))) return false;
  await supervisor.refresh?.(signal);
  return supervisor.state().kind === 'running' && supervisor.exits() === before;
}

/** True: nothing changed for that long. */
async function undisturbed(
  supervisor: WatchedUnit,
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
  code: 'ready-timeout' | 'health-failed',
  deadlineMs: number,
  clock: Clock,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result<void, StepFailure>>,
): Promise<Result<void, StepFailure>> {
  try {
    return await withDeadline(clock, deadlineMs, signal, work);
  } catch (error) {
    if (signal.aborted || !(error instanceof FairleadError) || error.code !== 'timed-out') throw error;
    return err({ code, message: `not there after ${formatDuration(deadlineMs)}` });
  }
}
