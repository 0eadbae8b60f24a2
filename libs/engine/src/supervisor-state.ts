// SPDX-License-Identifier: Apache-2.0
import type { Code } from '@fairlead/base';
import type { UnitCondition } from '@fairlead/planner';

/** What a driver that keeps units up knows of one of them. */
export type SupervisorState =
  /** Not running, and not to be started but on request. */
  | { readonly kind: 'stopped' }
  /** To be started as soon as what it requires is ready. */
  | { readonly kind: 'waiting'; readonly reason: string }
  | { readonly kind: 'starting' }
  | { readonly kind: 'running' }
  | { readonly kind: 'stopping' }
  /** Ended, and started again after a pause. */
  | { readonly kind: 'backing-off'; readonly code: Code; readonly reason: string }
  /** Did what it had to do and ended well; it is not started again. */
  | { readonly kind: 'finished' }
  /** Given up. */
  | { readonly kind: 'failed'; readonly code: Code; readonly reason: string };

/** As the engine sees it. */
export function conditionOf(state: SupervisorState): UnitCondition {
  switch (state.kind) {
    case 'stopped':
      return { kind: 'stopped' };
    case 'starting':
      return { kind: 'starting' };
    case 'running':
    case 'stopping':
      return { kind: 'running' };
    case 'finished':
      return { kind: 'finished' };
    case 'waiting':
      return { kind: 'waiting', code: 'dependency-failed', message: state.reason };
    case 'backing-off':
      return { kind: 'waiting', code: state.code, message: state.reason };
    case 'failed':
      return { kind: 'failed', code: state.code, message: state.reason };
  }
}

/** True while the program of a run is there, or about to be. */
export function hasProcess({ kind }: SupervisorState): boolean {
  return kind === 'starting' || kind === 'running' || kind === 'stopping';
}

/** True while the supervisor will bring the unit up, or has it up, without being asked. */
export function isActive(state: SupervisorState): boolean {
  return state.kind !== 'stopped' && state.kind !== 'failed' && state.kind !== 'finished';
}
