// SPDX-License-Identifier: Apache-2.0
import { err, formatSize, ok, type Digest, type Result } from '@fairlead/base';
import { isTouching, makePlan, nextBatch, type Plan, type Step } from '@fairlead/planner';
import { plainSettings, targetDigest, type ApplyWhen, type TargetState } from '@fairlead/target';
import type { Closed } from './apply-time.ts';
import type { Failure } from './book.ts';
import { concludeRefused, isWrongInItself } from './conclude.ts';
import type { StepFailure } from './domain.ts';
import type { RevisionRef } from './engine-state.ts';
import { overrideRemark } from './overrides.ts';
import { performBatch } from './perform-batch.ts';
import { unsupportedIn } from './unsupported.ts';
import { stateOf, type Workplace } from './workplace.ts';

/** Journal bytes that one step of a plan and its way back take at most: two records each, and its share of plan and outcome. */
const journalBytesPerStep = 2_048;

/** Whether the time has come for touching what runs. */
export interface ApplyGate {
  closed(apply: ApplyWhen): Closed | null;
  /** True for what was staged and waited since, so long that the device may be another. */
  hasWaited(target: Digest): boolean;
  /** What the receipt says of how it came to that, if the time was not the group's; undefined: it was. */
  remark(apply: ApplyWhen): string | undefined;
}

/** A revision that is staged, and waits for its time. */
export interface Waiting {
  readonly target: Digest;
  readonly apply: ApplyWhen;
}

/**
 * Brings everything that the desired revision needs onto the device, beside what runs, and then makes its plan binding. What is wrong
 * with the revision itself ends the transaction as refused. What is wrong around it is the answer, to be tried again. A plan that
 * touches what runs waits for its time; null: nothing waits.
 */
export async function stageDesired(
  workplace: Workplace,
  desired: RevisionRef,
  gate: ApplyGate,
  signal: AbortSignal,
): Promise<Result<Waiting | null, StepFailure>> {
  const { journal } = workplace;
  const before = await stateOf(workplace, journal.book().committed);
  const after = await workplace.targets.load(desired.target);
  const id = await begin(workplace, desired);
  const refuse = async (failure: Failure): Promise<Result<null, StepFailure>> => {
    await journal.write(
      concludeRefused(journal.book(), { id, desired, before, after }, failure, workplace.agentVersion),
    );
    return ok(null);
  };
  const unsupported = unsupportedIn(after, workplace.drivers.names);
  if (unsupported !== null) return refuse(unsupported);

  const first = await planFor(workplace, before, after, signal);
  const room = await makeRoom(workplace, first.steps, [before, after], signal);
  if (!room.ok) return room;
  // What waited is asked once more, though it is staged, whether it can run here: a secret may be gone.
  const isDue = gate.hasWaited(desired.target) && gate.closed(applyOf(after)) === null;
  const staging = first.steps.flatMap((step): readonly Step[] =>
    step.kind === 'stage' || (isDue && step.kind === 'activate') ? [{ ...step, kind: 'stage' }] : [],
  );
  const end = await performBatch(workplace.drivers, nextBatch(staging, [after]), [after], {
    signal,
    goesOn: ({ error }) => !isWrongInItself(error.code),
  });
  signal.throwIfAborted();
  if (end.kind === 'failed') {
    const wrong = end.problems.find(({ error }) => isWrongInItself(error.code));
    if (wrong === undefined) return err(end.problems[0].error);
    const { code, message } = wrong.error;
    return refuse({ code, message, unit: { domain: wrong.step.domain, name: wrong.step.name } });
  }

  return workplace.exclusive(() => bind(workplace, before, after, gate, signal));
}

/** Staging may have taken hours: the plan that binds is made from what is there now, and nothing heals in between. */
async function bind(
  workplace: Workplace,
  before: TargetState,
  after: TargetState,
  gate: ApplyGate,
  signal: AbortSignal,
): Promise<Result<Waiting | null, StepFailure>> {
  const { journal, boot } = workplace;
  const plan = await planFor(workplace, before, after, signal);
  const missing = plan.steps.find((step) => step.kind === 'stage');
  if (missing !== undefined)
    return err({ code: 'internal', message: `${missing.name} was staged and is not there` });
  const steps = plan.steps.filter(isTouching);
  const apply = applyOf(after);
  if (steps.length > 0 && gate.closed(apply) !== null) return ok({ target: targetDigest(after), apply });
  const remarks = [gate.remark(apply), overrideRemark(workplace.overrides.all())];
  const remark = steps.length > 0 ? joined(remarks) : undefined;
  await journal.reserve(journalBytesPerStep * (plan.steps.length + after.units.length + 8));
  signal.throwIfAborted();
  // From here on the revision counts, whatever was asked on the device.
  if (steps.length > 0) await workplace.overrides.clear();
  await journal.write({ kind: 'apply', boot, steps, ...(remark !== undefined && { remark }) });
  return ok(null);
}

function applyOf(state: TargetState): ApplyWhen {
  return (state.format === 1 ? plainSettings : state.settings).apply;
}

function joined(remarks: readonly (string | undefined)[]): string | undefined {
  const said = remarks.filter((remark) => remark !== undefined);
  return said.length === 0 ? undefined : said.join('; ');
}

async function begin({ journal }: Workplace, desired: RevisionRef): Promise<number> {
  const { transaction, lastId } = journal.book();
  if (transaction.kind === 'staging') return transaction.id;
  await journal.write({ kind: 'stage', id: lastId + 1, desired });
  return lastId + 1;
}

async function planFor(
  { drivers }: Workplace,
  before: TargetState,
  after: TargetState,
  signal: AbortSignal,
): Promise<Plan> {
  return makePlan(before, await drivers.observe(signal), after);
}

/** Counts before anything is fetched; throws away what only a way back to before the committed state would need, if it must. */
async function makeRoom(
  { drivers, settings, freeBytes, exclusive }: Workplace,
  steps: readonly Step[],
  targets: readonly TargetState[],
  signal: AbortSignal,
): Promise<Result<void, StepFailure>> {
  const bytes = await drivers.estimate(steps, targets, signal);
  const needed = bytes === 0 ? 0 : bytes + settings.reserveBytes;
  if ((await freeBytes()) >= needed) return ok();
  await exclusive(() => drivers.clean(targets, signal));
  const free = await freeBytes();
  if (free >= needed) return ok();
  const message = `needs ${formatSize(needed)} (${formatSize(settings.reserveBytes)} of it in reserve), free are ${formatSize(free)}`;
  return err({ code: 'no-space', message });
}
