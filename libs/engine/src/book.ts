// SPDX-License-Identifier: Apache-2.0
import type { Code, Digest } from '@fairlead/base';
import type { Step } from '@fairlead/planner';
import type { DomainName } from '@fairlead/target';
import type { FailedTarget, RevisionRef, UnitFailure } from './engine-state.ts';
import type { Outcome } from './outcome.ts';

/** Why a transaction turned back or was refused. `unit`: the one to blame, if it is one. */
export interface Failure {
  readonly code: Code;
  readonly message: string;
  readonly unit: { readonly domain: DomainName; readonly name: string } | null;
}

/** What is under way, as far as the journal knows. */
export type Transaction =
  | { readonly kind: 'none' }
  /** Nothing that runs has been touched; it may be dropped. */
  | { readonly kind: 'staging'; readonly id: number; readonly desired: RevisionRef }
  /** The first `begun` steps may have had their effect, the first `done` of them had it. */
  | {
      readonly kind: 'applying';
      readonly id: number;
      readonly desired: RevisionRef;
      readonly boot: string;
      readonly steps: readonly Step[];
      readonly begun: number;
      readonly done: number;
      /** What the receipt says beside the result. */
      readonly remark?: string | undefined;
    }
  /** `steps` lead back to the committed state. */
  | {
      readonly kind: 'rolling-back';
      readonly id: number;
      readonly desired: RevisionRef;
      readonly boot: string;
      readonly failure: Failure;
      readonly steps: readonly Step[];
      readonly done: number;
      /** Units that could not be brought back. */
      readonly failures: readonly UnitFailure[];
    };

/** All that the engine remembers: the fold of its journal. */
export interface Book {
  /** What the device runs, or returns to. */
  readonly committed: RevisionRef | null;
  /** The target committed before that; its versions are kept until the next one is. */
  readonly previous: Digest | null;
  /** The newest revision that was submitted. */
  readonly desired: RevisionRef | null;
  /** True: `desired` waits to be applied or refused. */
  readonly open: boolean;
  readonly transaction: Transaction;
  readonly failed: readonly FailedTarget[];
  /** Not acknowledged yet, oldest first. */
  readonly outcomes: readonly Outcome[];
  /** Id of the newest transaction. */
  readonly lastId: number;
  /** The boot in which the committed units were brought up. */
  readonly boot: string | null;
  /** Units that are not what the committed state says, because going back failed. */
  readonly inconsistent: readonly UnitFailure[];
  /** True: versions that nobody needs may lie about. */
  readonly unclean: boolean;
}

export const emptyBook: Book = {
  committed: null,
  previous: null,
  desired: null,
  open: false,
  transaction: { kind: 'none' },
  failed: [],
  outcomes: [],
  lastId: 0,
  boot: null,
  inconsistent: [],
  unclean: false,
};

/** The remembered failure of a target, if this version of the agent has one. */
export function failureOf(book: Book, target: Digest, agentVersion: string): FailedTarget | null {
  return (
    book.failed.find((failed) => failed.target === target && failed.agentVersion === agentVersion) ?? null
  );
}
