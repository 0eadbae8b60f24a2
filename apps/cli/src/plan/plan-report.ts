// SPDX-License-Identifier: Apache-2.0
import type { FileChange, FleetPlan } from '@fairlead/compiler';

/** What `fairlead plan` found, before it is written in one form or another. */
export interface PlanReport {
  readonly base: string;
  /** Null: the work tree. */
  readonly head: string | null;
  /** The head does not contain the base: planned is the merge of both. */
  readonly stale: boolean;
  /** Id of the planned tree; null: it was merged without the installed `git`. */
  readonly tree: string | null;
  /** The commit that devices are at: the base, or one before it if the base has errors. Null: nothing is deployed yet. */
  readonly deployed: string | null;
  /** Before its first root, nothing of a fleet is deployed at all. */
  readonly hasRoot: boolean;
  readonly plan: FleetPlan;
  /** Files that say whom devices and servers trust. */
  readonly trust: readonly FileChange[];
}

/** Bytes that all devices together download. */
export function totalBytes({ groups }: FleetPlan): number {
  return [...groups.values()].reduce((sum, { bytes }) => sum + bytes, 0);
}
