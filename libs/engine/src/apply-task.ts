// SPDX-License-Identifier: Apache-2.0
import { nextBatch, stepsIn, wayBack } from '@fairlead/planner';
import { unitKey } from '@fairlead/target';
import type { Transaction } from './book.ts';
import { concludeApplied, concludeRolledBack } from './conclude.ts';
import { performBatch } from './perform-batch.ts';
import { stateOf, type Workplace } from './workplace.ts';

type Applying = Extract<Transaction, { kind: 'applying' }>;
type RollingBack = Extract<Transaction, { kind: 'rolling-back' }>;

export interface ApplySignals {
  /** The agent ends: leave everything as it is. */
  readonly signal: AbortSignal;
  /** A newer revision arrived: waits end early. */
  readonly newer: AbortSignal;
}

/**
 * Does the next batch of the plan. Where a step failed the transaction turns back; after the last batch it is committed.
 */
export async function applyNext(
  workplace: Workplace,
  transaction: Applying,
  { signal, newer }: ApplySignals,
): Promise<void> {
  const { journal, drivers, boot } = workplace;
  const { steps, begun, done, desired, id, remark } = transaction;
  const before = await stateOf(workplace, journal.book().committed);
  const after = await workplace.targets.load(desired.target);
  const batch = nextBatch(steps.slice(done), [before, after]);
  if (batch.length === 0) {
    await journal.write(concludeApplied(journal.book(), { id, desired, before, after }, remark));
    return;
  }

  const count = done + stepsIn(batch);
  if (begun < count) await journal.write({ kind: 'begun', count });
  const end = await performBatch(drivers, batch, [before, after], { signal, newer, goesOn: () => false });
  switch (end.kind) {
    case 'done':
      await journal.write({ kind: 'done', count });
      return;
    case 'called-off':
      // What comes next is decided anew.
      return;
    case 'failed': {
      const [{ step, error }] = end.problems;
      const { code, message } = error;
      const failure = { code, message, unit: { domain: step.domain, name: step.name } };
      await journal.write({ kind: 'back', boot, failure, steps: wayBack(steps.slice(0, count)) });
      return;
    }
  }
}

/** Does the next batch of the way back. A unit that cannot be brought back is left, the others go on: what can run runs. */
export async function goBackNext(
  workplace: Workplace,
  transaction: RollingBack,
  signal: AbortSignal,
): Promise<void> {
  const { journal, drivers, agentVersion } = workplace;
  const { steps, done, desired, id, failure, failures } = transaction;
  const before = await stateOf(workplace, journal.book().committed);
  const after = await workplace.targets.load(desired.target);
  const batch = nextBatch(steps.slice(done), [before, after]);
  if (batch.length === 0) {
    await journal.write(
      concludeRolledBack(journal.book(), { id, desired, before, after }, failure, failures, agentVersion),
    );
    return;
  }

  const count = done + stepsIn(batch);
  const stuck = new Set(failures.map(unitKey));
  const lanes = batch.filter(([step]) => !stuck.has(unitKey(step)));
  if (lanes.length > 0) {
    await journal.write({ kind: 'begun', count });
    const end = await performBatch(drivers, lanes, [before, after], { signal, goesOn: () => true });
    signal.throwIfAborted();
    for (const { step, error } of end.kind === 'failed' ? end.problems : []) {
      const { code, message } = error;
      await journal.write({
        kind: 'stuck',
        failure: { domain: step.domain, name: step.name, code, message },
      });
    }
  }
  await journal.write({ kind: 'done', count });
}
