// SPDX-License-Identifier: Apache-2.0
import { wayBack, type Step } from '@fairlead/planner';
import type { Transaction } from './book.ts';
import { concludeApplied, concludeRolledBack } from './conclude.ts';
import { isWait } from './decide.ts';
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
 * Does what comes next in the plan: one step, or all health steps at once, since each watches for a while. A step that failed turns
 * the transaction back; after the last one it is committed.
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
  const batch = nextBatch(steps, done);
  if (batch.length === 0) {
    await journal.write(concludeApplied(journal.book(), { id, desired, before, after }, remark));
    return;
  }

  const count = done + batch.length;
  if (begun < count) await journal.write({ kind: 'begun', count });
  const results = await Promise.all(
    batch.map(async (step) => {
      const until = isWait(step) ? AbortSignal.any([signal, newer]) : signal;
      return { step, result: await drivers.perform(step, [before, after], until) };
    }),
  );
  const failed = results.find(({ result }) => !result.ok);
  if (failed === undefined || failed.result.ok) {
    await journal.write({ kind: 'done', count });
    return;
  }
  // Called off, not failed: what comes next is decided anew.
  if (signal.aborted || (newer.aborted && isWait(failed.step))) return;
  const { code, message } = failed.result.error;
  const failure = { code, message, unit: { domain: failed.step.domain, name: failed.step.name } };
  await journal.write({ kind: 'back', boot, failure, steps: wayBack(steps.slice(0, count)) });
}

function nextBatch(steps: readonly Step[], done: number): readonly Step[] {
  const [first, ...rest] = steps.slice(done);
  if (first === undefined) return [];
  if (first.kind !== 'health') return [first];
  const end = rest.findIndex((step) => step.kind !== 'health');
  return [first, ...(end === -1 ? rest : rest.slice(0, end))];
}

/** Does the next step of the way back. A unit that cannot be brought back is left, the others go on: what can run runs. */
export async function goBackNext(
  workplace: Workplace,
  transaction: RollingBack,
  signal: AbortSignal,
): Promise<void> {
  const { journal, drivers, agentVersion } = workplace;
  const { steps, done, desired, id, failure, failures } = transaction;
  const before = await stateOf(workplace, journal.book().committed);
  const after = await workplace.targets.load(desired.target);
  const step = steps[done];
  if (step === undefined) {
    await journal.write(
      concludeRolledBack(journal.book(), { id, desired, before, after }, failure, failures, agentVersion),
    );
    return;
  }

  const { domain, name } = step;
  if (!failures.some((unit) => unit.domain === domain && unit.name === name)) {
    await journal.write({ kind: 'begun', count: done + 1 });
    const result = await drivers.perform(step, [before, after], signal);
    signal.throwIfAborted();
    if (!result.ok)
      await journal.write({
        kind: 'stuck',
        failure: { domain, name, code: result.error.code, message: result.error.message },
      });
  }
  await journal.write({ kind: 'done', count: done + 1 });
}
