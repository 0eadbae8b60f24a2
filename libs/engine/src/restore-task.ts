// SPDX-License-Identifier: Apache-2.0
import { makePlan, nextBatch, stepsIn, type Step } from '@fairlead/planner';
import { unitKey, type TargetState } from '@fairlead/target';
import type { UnitFailure } from './engine-state.ts';
import { performBatch } from './perform-batch.ts';
import { nothing, stateOf, type Workplace } from './workplace.ts';

/**
 * After a boot: starts all that the committed state says, in the order of requirements, without asking anybody. A unit that does not
 * start keeps no other from starting; the driver's healing tries it again.
 */
export async function bringUp(workplace: Workplace, signal: AbortSignal): Promise<void> {
  const { journal, drivers, logger, boot, overrides } = workplace;
  await overrides.clear();
  const ref = journal.book().committed;
  if (ref === null) {
    // Nothing was ever ordered, so nothing that may run is in the way.
    await journal.write({ kind: 'boot', boot });
    return;
  }
  const committed = await stateOf(workplace, ref);
  const plan = makePlan(nothing, await drivers.observe(signal), committed);
  // What is not on the device would need the network; it is repaired later.
  const missing = new Set(plan.steps.filter((step) => step.kind === 'stage').map(unitKey));
  const steps = plan.steps.filter(
    (step) => !missing.has(unitKey(step)) && isNeeded(step, plan.steps, committed),
  );
  const failures = await performAll(workplace, steps, committed, signal);
  for (const failure of failures) logger.warn('a unit did not come up', { ...failure });
  await journal.write({ kind: 'boot', boot });
  if (failures.length === 0 && missing.size === 0 && journal.book().inconsistent.length > 0)
    await journal.write({ kind: 'repaired' });
}

/** After a way back that failed: tries to bring everything to the committed state. Answers what still is not there. */
export async function repair(workplace: Workplace, signal: AbortSignal): Promise<readonly UnitFailure[]> {
  const { journal, drivers } = workplace;
  const committed = await stateOf(workplace, journal.book().committed);
  const plan = makePlan(nothing, await drivers.observe(signal), committed);
  const failures = await performAll(
    workplace,
    plan.steps.filter((step) => step.kind !== 'health'),
    committed,
    signal,
  );
  if (failures.length === 0) await journal.write({ kind: 'repaired' });
  return failures;
}

/** Readiness is awaited only where something else waits for it: one slow unit must not hold up the rest. */
function isNeeded(step: Step, all: readonly Step[], committed: TargetState): boolean {
  if (step.kind === 'health') return false;
  if (step.kind !== 'ready') return true;
  const starting = new Set(all.filter((other) => other.kind === 'activate').map(unitKey));
  return committed.units.some((unit) => starting.has(unitKey(unit)) && unit.requires.includes(step.name));
}

async function performAll(
  { drivers }: Workplace,
  steps: readonly Step[],
  committed: TargetState,
  signal: AbortSignal,
): Promise<readonly UnitFailure[]> {
  const failures = new Map<string, UnitFailure>();
  for (let done = 0; done < steps.length;) {
    const batch = nextBatch(steps.slice(done), [committed]);
    const lanes = batch.filter(([step]) => !failures.has(unitKey(step)));
    const end = await performBatch(drivers, lanes, [committed], { signal, goesOn: () => true });
    signal.throwIfAborted();
    for (const { step, error } of end.kind === 'failed' ? end.problems : []) {
      const { domain, name } = step;
      failures.set(unitKey(step), { domain, name, code: error.code, message: error.message });
    }
    done += stepsIn(batch);
  }
  return [...failures.values()];
}
