// SPDX-License-Identifier: Apache-2.0
import { phaseOf, type DeviceUnit } from '@fairlead/planner';
import type { TargetState } from '@fairlead/target';
import { failureOf, type Book } from './book.ts';
import { restingUnits } from './resting.ts';
import type { Activity, DriftReport, EngineState, Pending } from './engine-state.ts';

export interface View {
  readonly book: Book;
  readonly committed: TargetState;
  readonly units: readonly DeviceUnit[];
  readonly drift: readonly DriftReport[];
  readonly pending: Pending | null;
  readonly agentVersion: string;
}

/** What the engine tells about itself. */
export function viewState({ book, committed, units, drift, pending, agentVersion }: View): EngineState {
  return {
    committed: book.committed,
    desired: book.desired,
    activity: activityOf(book),
    pending,
    failed: book.desired === null ? null : failureOf(book, book.desired.target, agentVersion),
    drift,
    units,
    resting: restingUnits(committed, units),
  };
}

function activityOf({ transaction, inconsistent }: Book): Activity {
  switch (transaction.kind) {
    case 'none':
      return inconsistent.length > 0 ? { kind: 'inconsistent', units: inconsistent } : { kind: 'idle' };
    case 'staging':
      return { kind: 'staging', revision: transaction.desired.revision };
    case 'applying': {
      const { desired, steps, done } = transaction;
      const step = steps[done] ?? steps.at(-1);
      return {
        kind: 'applying',
        revision: desired.revision,
        phase: step === undefined ? 'switch' : phaseOf(step),
      };
    }
    case 'rolling-back': {
      const { desired, failure } = transaction;
      return {
        kind: 'rolling-back',
        revision: desired.revision,
        code: failure.code,
        message: failure.message,
      };
    }
  }
}
