// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:os';
import { doubling, type Code } from '@fairlead/base';
import type { SupervisorState } from '@fairlead/engine';
import type { JobRestart } from '@fairlead/target';
import type { RunExit } from './run-folder.ts';
import type { JobSettings } from './settings.ts';

/** How a run went, once it is over. */
export interface RunOutcome {
  readonly exit: RunExit;
  readonly wasReady: boolean;
  /** Not ready in time, and ended for that. */
  readonly tooLate: boolean;
  /** The kernel killed something of it for its memory limit. */
  readonly outOfMemory: boolean;
  /** Milliseconds that it was up. */
  readonly upMs: number;
}

export type AfterRun =
  | { readonly kind: 'finished' }
  | { readonly kind: 'failed'; readonly code: Code; readonly reason: string }
  /** `failures`: in a row, this one included. */
  | {
      readonly kind: 'backing-off';
      readonly pauseMs: number;
      readonly failures: number;
      readonly code: Code;
      readonly reason: string;
    };

/** A unit that asks for no pause gets one all the same from its second failure on, in milliseconds. */
const leastPauseMs = 100;

/**
 * What follows the end of a run that nobody asked for. `failures`: runs in a row that ended so before. Any end is one, also exit
 * code 0: who asks for restarts means to run for ever. A run of `healthyResetMs` forgets earlier ones.
 */
export function afterRun(
  restart: JobRestart,
  outcome: RunOutcome,
  failures: number,
  settings: JobSettings,
): AfterRun {
  const { code, reason } = describe(outcome);
  if (!restart.enabled) {
    const well =
      outcome.exit.kind === 'code' && outcome.exit.code === 0 && outcome.wasReady && !outcome.tooLate;
    return well ? { kind: 'finished' } : { kind: 'failed', code, reason };
  }
  const inARow = outcome.upMs >= settings.healthyResetMs ? 1 : failures + 1;
  if (restart.limit > 0 && inARow > restart.limit) {
    return {
      kind: 'failed',
      code: 'restart-limit',
      reason: `${reason}; started again ${String(restart.limit)} times in vain`,
    };
  }
  return {
    kind: 'backing-off',
    pauseMs: pauseMs(restart.pauseMs, inARow, settings.longestPauseMs),
    failures: inARow,
    code,
    reason,
  };
}

/** What the unit is at once a run is over. */
export function stateAfter(
  next: AfterRun,
): Extract<SupervisorState, { readonly kind: 'finished' | 'failed' | 'backing-off' }> {
  return next.kind === 'backing-off' ? { kind: next.kind, code: next.code, reason: next.reason } : next;
}

/** The stated pause after the first failure, doubled with each further one up to `longestMs`, or to the stated pause if that is longer. */
function pauseMs(statedMs: number, inARow: number, longestMs: number): number {
  if (inARow === 1) return statedMs;
  return doubling(inARow - 1, Math.max(statedMs, leastPauseMs), Math.max(statedMs, longestMs));
}

function describe(outcome: RunOutcome): { readonly code: Code; readonly reason: string } {
  if (outcome.tooLate) return { code: 'ready-timeout', reason: 'not ready in the time that it was given' };
  const reason = `ended with ${describeExit(outcome.exit)}`;
  if (outcome.outOfMemory)
    return { code: 'out-of-memory', reason: `${reason}: it took more memory than it may` };
  return { code: outcome.wasReady ? 'unit-ended' : 'start-failed', reason };
}

/** Signals by which the kernel ends a program for what it did itself. */
const ownFaults: ReadonlySet<number> = new Set(
  (['SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV', 'SIGSYS', 'SIGPIPE'] as const).map(
    (name) => constants.signals[name],
  ),
);

/** How somebody else killed a run, as far as its end shows it; null: it ended by itself, or for what it did. */
export function killOf({ exit, tooLate, outOfMemory }: RunOutcome): string | null {
  if (tooLate || outOfMemory || exit.kind === 'code') return null;
  if (exit.kind === 'signal' && ownFaults.has(exit.signal)) return null;
  return `was killed: it ended with ${describeExit(exit)}`;
}

function describeExit(exit: RunExit): string {
  switch (exit.kind) {
    case 'code':
      return `exit code ${String(exit.code)}`;
    case 'signal':
      return `signal ${String(exit.signal)}`;
    case 'lost':
      return 'an exit that nobody saw';
  }
}
