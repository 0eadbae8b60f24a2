// SPDX-License-Identifier: Apache-2.0
import { doubling, type Code } from '@fairlead/base';
import type { SupervisorState } from '@fairlead/engine';
import type { ContainerRestart } from '@fairlead/target';
import type { DriverSettings } from './settings.ts';

/** How a container ended. */
export interface ContainerEnd {
  readonly exitCode: number;
  /** True: for lack of memory. False says nothing: not every engine notices. */
  readonly outOfMemory: boolean;
  /** Milliseconds that it was up. */
  readonly upMs: number;
}

export interface AfterEnd {
  readonly state: Extract<SupervisorState, { readonly kind: 'finished' | 'failed' | 'backing-off' }>;
  /** Ends in a row that something followed, this one included. */
  readonly failures: number;
  /** Until it is started again. */
  readonly pauseMs: number;
}

/** The pause after the first end, in milliseconds; doubled with each further one. */
const firstPauseMs = 100;

/** What follows the end of a container that nobody asked for. `failures`: ends in a row before this one. */
export function afterEnd(
  restart: ContainerRestart,
  end: ContainerEnd,
  failures: number,
  settings: DriverSettings,
): AfterEnd {
  const inARow = end.upMs >= settings.healthyResetMs ? 1 : failures + 1;
  const fault = describe(end);
  const well = end.exitCode === 0 && (restart.kind === 'no' || restart.kind === 'on-failure');
  if (well) return { state: { kind: 'finished' }, failures: 0, pauseMs: 0 };
  if (restart.kind === 'no') return { state: { kind: 'failed', ...fault }, failures: inARow, pauseMs: 0 };
  if (restart.kind === 'on-failure' && restart.limit > 0 && inARow > restart.limit) {
    const reason = `${fault.reason}; started again ${String(restart.limit)} times in vain`;
    return { state: { kind: 'failed', code: 'restart-limit', reason }, failures: inARow, pauseMs: 0 };
  }
  const stated = restart.kind === 'on-failure' ? restart.maxPauseMs : null;
  const pauseMs = doubling(inARow - 1, firstPauseMs, stated ?? settings.longestPauseMs);
  return { state: { kind: 'backing-off', ...fault }, failures: inARow, pauseMs };
}

function describe({ exitCode, outOfMemory }: ContainerEnd): { readonly code: Code; readonly reason: string } {
  const reason = `ended with exit code ${String(exitCode)}`;
  if (outOfMemory) return { code: 'out-of-memory', reason: `${reason}: it took more memory than it may` };
  return {
    code: 'unit-ended',
    reason: exitCode === 137 ? `${reason}: killed from outside, for lack of memory most likely` : reason,
  };
}
