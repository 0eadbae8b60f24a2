// SPDX-License-Identifier: Apache-2.0
import { canonicalJson, FairleadError, type Logger } from '@fairlead/base';
import type { DeviceUnit } from '@fairlead/planner';
import type { TargetState } from '@fairlead/target';
import { emptyBook, type Book } from './book.ts';
import type { DriftReport, EngineEvent, EngineState, Pending } from './engine-state.ts';
import { viewState } from './engine-view.ts';
import type { Outcome } from './outcome.ts';
import { nothing } from './workplace.ts';

/** Where the parts of the engine say what is new, and from where others read it. */
export interface StatusBoard {
  readonly state: () => EngineState;
  /** Tells the listeners if the state is another one now. */
  update(changes: Partial<Posted>): void;
  announce(outcome: Outcome): void;
  readonly onEvent: (listener: (event: EngineEvent) => void) => () => void;
}

interface Posted {
  readonly book: Book;
  readonly committed: TargetState;
  readonly units: readonly DeviceUnit[];
  readonly drift: readonly DriftReport[];
  readonly pending: Pending | null;
}

export function createStatusBoard(agentVersion: string, logger: Logger): StatusBoard {
  const listeners = new Set<(event: EngineEvent) => void>();
  let posted: Posted = { book: emptyBook, committed: nothing, units: [], drift: [], pending: null };
  let state = viewState({ ...posted, agentVersion });
  let text = canonicalJson(state);
  const tell = (event: EngineEvent): void => {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (thrown) {
        // What a listener does is its own affair, and never stops a transaction.
        logger.error('a listener of the engine failed', { error: FairleadError.from(thrown).message });
      }
    }
  };
  return {
    state: () => state,
    update(changes) {
      posted = { ...posted, ...changes };
      const next = viewState({ ...posted, agentVersion });
      const nextText = canonicalJson(next);
      if (nextText === text) return;
      text = nextText;
      state = next;
      tell({ kind: 'status', state });
    },
    announce: (outcome) => tell({ kind: 'outcome', outcome }),
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
