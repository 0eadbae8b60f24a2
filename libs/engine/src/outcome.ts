// SPDX-License-Identifier: Apache-2.0
import type { Code, Digest } from '@fairlead/base';
import type { DomainName } from '@fairlead/target';

/** How a transaction ended. Kept in the journal until acknowledged. */
export interface Outcome {
  /** Number of the transaction on this state folder, from 1; rises. The same outcome has the same id after a crash. */
  readonly id: number;
  readonly revision: Digest;
  readonly counter: number;
  readonly target: Digest;
  /** Target digest that was committed before; null: none ever was. */
  readonly previous: Digest | null;
  readonly result: OutcomeResult;
  /** Why, unless applied. */
  readonly code: Code | null;
  /** For people: why, or what is to be said of how it was applied; empty when there is nothing to say. */
  readonly message: string;
  /** In the order of unit keys. */
  readonly units: readonly UnitOutcome[];
}

export type OutcomeResult =
  | 'applied'
  /** Something failed at or after the first stop; the device is at `previous` again. */
  | 'rolled-back'
  /** Nothing was touched. */
  | 'refused'
  /** Going back failed too, for the units that say so. */
  | 'inconsistent';

export interface UnitOutcome {
  readonly domain: DomainName;
  readonly name: string;
  readonly result:
    /** At the new version (and running, if it is to run). */
    | 'applied'
    | 'removed'
    /** The revision does not change this unit. */
    | 'unchanged'
    /** At the new version, but not started, because a unit that it requires is disabled. */
    | 'blocked'
    /** This unit is the reason, see code. */
    | 'failed'
    /** Back at the version before, or never left it. */
    | 'rolled-back'
    /** Not what it should be, see code. */
    | 'inconsistent';
  readonly code: Code | null;
  readonly message: string;
}
