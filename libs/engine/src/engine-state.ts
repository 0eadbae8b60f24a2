// SPDX-License-Identifier: Apache-2.0
import type { Code, Digest } from '@fairlead/base';
import type { DeviceUnit, Phase } from '@fairlead/planner';
import type { DomainName, TargetState } from '@fairlead/target';
import type { Drift } from './domain.ts';
import type { Outcome } from './outcome.ts';
import type { RestingUnit } from './resting.ts';

/** A revision by name: which one, where in history, and what it means for this device. */
export interface RevisionRef {
  readonly revision: Digest;
  readonly counter: number;
  readonly target: Digest;
}

/** A verified revision with the target state that it has for this device. `target` is the digest of `state`. */
export interface Desired extends RevisionRef {
  readonly state: TargetState;
}

/** What the engine is at. */
export type Activity =
  | { readonly kind: 'idle' }
  | { readonly kind: 'staging'; readonly revision: Digest }
  /** From the first stop on; runs to its end. */
  | { readonly kind: 'applying'; readonly revision: Digest; readonly phase: Phase }
  | {
      readonly kind: 'rolling-back';
      readonly revision: Digest;
      readonly code: Code;
      readonly message: string;
    }
  /** Going back failed for these units; it is tried again. */
  | { readonly kind: 'inconsistent'; readonly units: readonly UnitFailure[] };

export interface UnitFailure {
  readonly domain: DomainName;
  readonly name: string;
  readonly code: Code;
  readonly message: string;
}

/** Why nothing moves, and when that is looked at again. */
export interface Pending {
  readonly code: Code;
  readonly message: string;
  readonly hint: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Milliseconds since 1970; null: when something else happens. */
  readonly retryAt: number | null;
}

/** A target that is not tried again, with the reason. */
export interface FailedTarget {
  readonly target: Digest;
  readonly code: Code;
  readonly message: string;
  /** Another version of the agent tries again. */
  readonly agentVersion: string;
}

export interface DriftReport extends Drift {
  readonly domain: DomainName;
}

export interface EngineState {
  /** The last revision whose target state is what the device runs, or returns to; null: none yet. */
  readonly committed: RevisionRef | null;
  /** The newest revision submitted. */
  readonly desired: RevisionRef | null;
  readonly activity: Activity;
  /** Set while something around the revision keeps it waiting. */
  readonly pending: Pending | null;
  /** Set when the desired target is remembered as failed. */
  readonly failed: FailedTarget | null;
  /** What the last look for drift found. */
  readonly drift: readonly DriftReport[];
  readonly units: readonly DeviceUnit[];
  /** Units that do not run, as it should be. */
  readonly resting: readonly RestingUnit[];
}

export type EngineEvent =
  | { readonly kind: 'status'; readonly state: EngineState }
  | { readonly kind: 'outcome'; readonly outcome: Outcome };
