// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import type { Clock } from '@fairlead/base';
import type { JobReadiness } from '@fairlead/target';
import { createLogReader } from './log-files.ts';
import { createOkScanner } from './ok-string.ts';
import { ageOf } from './process-identity.ts';
import { isKeeperAlive, runStatus, type Run } from './run-folder.ts';

export type ReadinessEnd =
  | { readonly kind: 'ready' }
  /** It is not ready in the time that it was given. */
  | { readonly kind: 'too-late' }
  /** It ended before. */
  | { readonly kind: 'gone' };

export interface ReadinessContext {
  readonly logs: string;
  readonly bootId: string;
  readonly clock: Clock;
}

/** Pauses between looks for new output while an OK string is awaited grow from the first to the second, in milliseconds. */
const lookMs = 50;
const longestLookMs = 1_000;

const lastOutputMs = 2_000;

/**
 * Waits until a run is ready by the measure of its unit. Time counts from the start of its process, also when another agent began to
 * wait; never by the system's clock, which a device without one of its own sets while it runs.
 */
export async function awaitReadiness(
  run: Run,
  measure: JobReadiness,
  context: ReadinessContext,
  signal: AbortSignal,
): Promise<ReadinessEnd> {
  const { clock, bootId } = context;
  const status = await runStatus(run, bootId);
  const since = status.kind === 'running' ? ageOf(status.process) : 0;
  switch (measure.kind) {
    case 'started':
      return { kind: 'ready' };
    case 'delay':
      await clock.sleep(Math.max(0, measure.ms - since), signal);
      return (await runStatus(run, bootId)).kind === 'running' ? { kind: 'ready' } : { kind: 'gone' };
    case 'ok-string':
      return awaitOkString(
        run,
        measure.timeoutMs === 0 ? null : Math.max(0, measure.timeoutMs - since),
        context,
        signal,
      );
  }
}

async function awaitOkString(
  run: Run,
  withinMs: number | null,
  { logs, bootId, clock }: ReadinessContext,
  signal: AbortSignal,
): Promise<ReadinessEnd> {
  const reader = createLogReader(join(logs, 'stdout.log'), run.record.outputFrom);
  const seen = createOkScanner();
  const begin = clock.monotonic();
  const end = withinMs === null ? Number.POSITIVE_INFINITY : begin + withinMs;
  const found = async (): Promise<boolean> => {
    for (let chunk = await reader.next(); chunk !== null; chunk = await reader.next()) {
      if (seen(chunk)) return true;
      signal.throwIfAborted();
    }
    return false;
  };
  try {
    for (;;) {
      if (await found()) return { kind: 'ready' };
      if ((await runStatus(run, bootId)).kind !== 'running') {
        await lastOutput(run, bootId, clock, signal);
        return (await found()) ? { kind: 'ready' } : { kind: 'gone' };
      }
      const now = clock.monotonic();
      if (now >= end) return { kind: 'too-late' };
      // A twentieth late at most: some programs take minutes, and some never say it.
      const pauseMs = Math.min(longestLookMs, Math.max(lookMs, (now - begin) / 20), end - now);
      await clock.sleep(pauseMs, signal);
    }
  } finally {
    await reader.close();
  }
}

/** Waits for the keeper to have written what the program printed last; bounded, since something else may hold the pipe open. */
export async function lastOutput(run: Run, bootId: string, clock: Clock, signal: AbortSignal): Promise<void> {
  const end = clock.monotonic() + lastOutputMs;
  while (clock.monotonic() < end && (await isKeeperAlive(run, bootId))) await clock.sleep(lookMs, signal);
}

/** How long it may take by its own word, in milliseconds. */
export function statedMs(measure: JobReadiness): number {
  switch (measure.kind) {
    case 'started':
      return 0;
    case 'delay':
      return measure.ms;
    case 'ok-string':
      return measure.timeoutMs;
  }
}
