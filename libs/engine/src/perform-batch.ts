// SPDX-License-Identifier: Apache-2.0
import type { Batch, Lane, Step } from '@fairlead/planner';
import type { TargetState } from '@fairlead/target';
import PQueue from 'p-queue';
import { isWait } from './decide.ts';
import type { StepFailure } from './domain.ts';
import type { Drivers } from './drivers.ts';

/**
 * Steps that act side by side at most; waits, which cost nothing, have no bound. A step that acts waits by turns for the disk, of
 * which the runtime asks four things at once, and for a child that is starting: twice four keep both busy. More would only make a
 * device of one core start so many programs at once that none is there soon, and hold as many downloads and members of /proc in memory.
 */
const mostActing = 8;

interface StepProblem {
  readonly step: Step;
  readonly error: StepFailure;
}

export type BatchEnd =
  | { readonly kind: 'done' }
  /** In the order in which they came up. Other lanes may be done, half done, or not begun. */
  | { readonly kind: 'failed'; readonly problems: readonly [StepProblem, ...StepProblem[]] }
  /** Nothing failed, and not all was done. */
  | { readonly kind: 'called-off' };

export interface BatchOptions {
  /** The agent ends: nothing more is begun, waits end. */
  readonly signal: AbortSignal;
  /** As far as a wait goes, and what is not begun, the same. */
  readonly newer?: AbortSignal;
  /** Whether the other lanes go on after this; else as with `newer`. The lane itself never does. */
  readonly goesOn: (problem: StepProblem) => boolean;
}

/** Goes the lanes of a batch side by side; `targets` hold the units that they name. Returns when nothing of it moves any more. */
export async function performBatch(
  drivers: Drivers,
  batch: Batch,
  targets: readonly TargetState[],
  { signal, newer, goesOn }: BatchOptions,
): Promise<BatchEnd> {
  const failed = new AbortController();
  const off = AbortSignal.any([signal, failed.signal, ...(newer === undefined ? [] : [newer])]);
  const acting = new PQueue({ concurrency: mostActing });
  const problems: StepProblem[] = [];

  /** False: it was called off, or failed. */
  const perform = async (step: Step): Promise<boolean> => {
    if (off.aborted) return false;
    const until = isWait(step) ? off : signal;
    const result = await drivers.perform(step, targets, until);
    if (result.ok) return true;
    if (until.aborted) return false;
    const problem = { step, error: result.error };
    problems.push(problem);
    if (!goesOn(problem)) failed.abort();
    return false;
  };
  const go = async (lane: Lane): Promise<boolean> => {
    for (const step of lane) {
      if (!(await (isWait(step) ? perform(step) : acting.add(() => perform(step))))) return false;
    }
    return true;
  };

  const ends = await Promise.all(batch.map(go));
  const [first, ...further] = problems;
  if (first !== undefined) return { kind: 'failed', problems: [first, ...further] };
  return { kind: ends.every((isDone) => isDone) ? 'done' : 'called-off' };
}
