// SPDX-License-Identifier: Apache-2.0
import type { Code, Digest, Result } from '@fairlead/base';
import type { ObservedUnit } from '@fairlead/planner';
import type { DomainName, Unit } from '@fairlead/target';

/** Why a step did not succeed. The table of codes says whether the revision itself is at fault or something around it. */
export interface StepFailure {
  readonly code: Code;
  readonly message: string;
  /** Absent: the code's own hint. */
  readonly hint?: string;
}

/** A committed unit. `runs` is false for disabled, blocked and unrequested ones: they are neither started nor stopped by healing. */
export interface ExpectedUnit<U extends Unit = Unit> {
  readonly unit: U;
  /** The version that is committed. */
  readonly digest: Digest;
  readonly runs: boolean;
}

/** Drift is put right, or told of and left alone. */
export type DriftMode = 'heal' | 'report';

/** A difference from the committed state that the driver found and put right, or could not. */
export interface Drift {
  readonly name: string;
  readonly message: string;
  readonly healed: boolean;
}

/** What is asked of the output of a unit. */
export interface LogQuery {
  /** Lines of each stream to begin with, the last ones. */
  readonly lines: number;
  /** Milliseconds since 1970: leaves nothing out that was written since, and what is older as well as it can; null: all that is kept. */
  readonly since: number | null;
  /** Goes on with what comes, until the signal aborts. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

export interface LogLine {
  readonly stream: 'stdout' | 'stderr';
  /** Without its line end. */
  readonly text: string;
}

/**
 * What a kind of unit must be able to do; one driver each. The engine calls one method at a time per unit, in the order of its plan.
 *
 * Every method is idempotent: after a crash the engine calls again what it had begun. A method that returns has left on disk what
 * it says. Expected failures are values; whatever is thrown counts as `internal`. Aborting the signal ends waits, never what
 * runs: what a method was doing may then be half done, and is done again or undone by the engine.
 * A version is named by the digest of its unit.
 */
export interface Domain<U extends Unit = Unit> {
  readonly name: DomainName;
  /** Finds again what an earlier process left running. Nothing is started or stopped. */
  start(signal: AbortSignal): Promise<void>;
  /** Lets go: what runs goes on. */
  stop(): Promise<void>;
  /** Every unit of which anything is on the device. */
  observe(signal: AbortSignal): Promise<readonly ObservedUnit[]>;
  /** Bytes that staging these versions still writes; what several share is counted once. */
  estimate(units: readonly U[], signal: AbortSignal): Promise<{ readonly bytes: number }>;
  /** Brings this version onto the device beside the current one: fetch, verify, unpack. Touches nothing that runs. */
  stage(unit: U, signal: AbortSignal): Promise<Result<void, StepFailure>>;
  /** Returns when nothing of the unit runs, nor will be started again by the driver. A unit that does not run is stopped. */
  stopUnit(name: string, signal: AbortSignal): Promise<Result<void, StepFailure>>;
  /** Makes a staged version the current one, atomically; null: none. The unit is stopped. */
  switchUnit(name: string, to: Digest | null, signal: AbortSignal): Promise<Result<void, StepFailure>>;
  /** Starts the current version, which is that of `unit`; returns when it is spawned. A unit that runs already is left alone. */
  activate(unit: U, signal: AbortSignal): Promise<Result<void, StepFailure>>;
  /** Waits until the unit is ready by its own measure (an OK string, a delay, its start alone). Has a deadline of its own. */
  ready(unit: U, signal: AbortSignal): Promise<Result<void, StepFailure>>;
  /** Watches a ready unit for its health window; ok if it stayed healthy. Has a deadline of its own. */
  health(unit: U, signal: AbortSignal): Promise<Result<void, StepFailure>>;
  /** Drops every version of a unit that `keep` does not name, then artifacts that no version needs. */
  clean(keep: ReadonlyMap<string, readonly Digest[]>, signal: AbortSignal): Promise<void>;
  /**
   * Compares what is there with what is committed, puts right what differs, and says what it was. A unit given up stays so. In the mode
   * `report` nothing is put right that was right in this boot; units that were not started in it are started all the same. Absent: heal.
   */
  heal(
    committed: readonly ExpectedUnit<U>[],
    signal: AbortSignal,
    mode?: DriftMode,
  ): Promise<readonly Drift[]>;
  /** What a unit wrote; null: nothing is kept of one of that name. Needs no start: no agent need run. */
  logs(name: string, query: LogQuery): Promise<AsyncIterable<LogLine> | null>;
  /** Calls back when the condition of any unit changed. Returns the way to end that. */
  onChange(listener: () => void): () => void;
}
