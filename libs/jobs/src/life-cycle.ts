// SPDX-License-Identifier: Apache-2.0
import type { SupervisorState } from '@fairlead/engine';

/** What happens to a unit, as far as its state hangs on it. */
export type LifeEvent =
  /** It is to run, as soon as what it requires is ready. */
  | { readonly kind: 'wait'; readonly reason: string }
  /** A run of it is being started. */
  | { readonly kind: 'start' }
  /** A run that an earlier agent started is taken over. */
  | { readonly kind: 'found'; readonly isReady: boolean }
  /** The run is ready, by the measure of the unit. */
  | { readonly kind: 'ready' }
  /** The run is over without anyone's asking, or could not be started: what follows. */
  | {
      readonly kind: 'over';
      readonly then: Extract<SupervisorState, { readonly kind: 'finished' | 'failed' | 'backing-off' }>;
    }
  /** It was asked to end. */
  | { readonly kind: 'stop' }
  /** Nothing of it runs any more. */
  | { readonly kind: 'gone' };

/**
 * The life of a unit: what it is at after this happened to it. What comes too late to count leaves it as it is: that a run became
 * ready says nothing once it is over or being ended, and nothing is taken over by a unit that has a run of its own.
 */
export function afterEvent(state: SupervisorState, event: LifeEvent): SupervisorState {
  switch (event.kind) {
    case 'wait':
      return { kind: 'waiting', reason: event.reason };
    case 'start':
      return { kind: 'starting' };
    case 'found':
      if (state.kind !== 'stopped') return state;
      return { kind: event.isReady ? 'running' : 'starting' };
    case 'ready':
      return state.kind === 'starting' ? { kind: 'running' } : state;
    case 'over':
      return event.then;
    case 'stop':
      return { kind: 'stopping' };
    case 'gone':
      return { kind: 'stopped' };
  }
}
