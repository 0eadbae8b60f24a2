// SPDX-License-Identifier: Apache-2.0
import { FairleadError, isAbort, type Result } from '@fairlead/base';
import { isActive, type Drift, type DriftMode, type ExpectedUnit, type StepFailure } from '@fairlead/engine';
import type { ContainerUnit } from '@fairlead/target';
import type { OwnUnit } from './inventory.ts';
import type { Supervisor } from './supervisor.ts';

export interface HealContext {
  readonly mode: DriftMode;
  supervisor(name: string): Supervisor;
  own(name: string, signal: AbortSignal): Promise<OwnUnit | null>;
  /** Stages the unit anew, but not at every look: an image may have to be pulled. False: it is still missing. */
  stageAgain(unit: ContainerUnit, signal: AbortSignal): Promise<boolean>;
  switchTo(unit: ContainerUnit, signal: AbortSignal): Promise<Result<void, StepFailure>>;
}

/** Brings the device back to what is committed. Containers that Fairlead did not make are none of its business. */
export async function healUnits(
  committed: readonly ExpectedUnit<ContainerUnit>[],
  units: readonly OwnUnit[],
  context: HealContext,
  signal: AbortSignal,
): Promise<readonly Drift[]> {
  const drifts: Drift[] = [];
  const expected = new Set(committed.map(({ unit }) => unit.name));
  for (const unit of units) {
    if (expected.has(unit.name) || !unit.versions.some(({ running }) => running)) continue;
    const stopped = context.mode === 'heal' && (await context.supervisor(unit.name).stop(unit, signal)).ok;
    const message = stopped ? 'ran without being committed' : 'runs without being committed';
    drifts.push({ name: unit.name, message, healed: stopped });
  }
  for (const each of committed) {
    signal.throwIfAborted();
    try {
      drifts.push(...(await healUnit(each, context, signal)));
    } catch (thrown) {
      if (isAbort(thrown)) throw thrown;
      const { message } = FairleadError.from(thrown);
      drifts.push({ name: each.unit.name, message: `it cannot be looked after: ${message}`, healed: false });
    }
  }
  return drifts;
}

async function healUnit(
  { unit, digest, runs }: ExpectedUnit<ContainerUnit>,
  context: HealContext,
  signal: AbortSignal,
): Promise<readonly Drift[]> {
  const { name } = unit;
  const supervisor = context.supervisor(name);
  const drifts: Drift[] = [];
  const tell = async (message: string, heal: () => Promise<boolean>): Promise<boolean> => {
    const healed = context.mode === 'heal' && (await heal());
    drifts.push({ name, message, healed });
    return healed;
  };
  const isThere = (own: OwnUnit | null): boolean =>
    own?.versions.some(({ mark }) => mark.version === digest) === true;
  const ran = await supervisor.ranSinceBoot();
  if (
    !isThere(await context.own(name, signal)) &&
    !(await tell('its container was missing', () => context.stageAgain(unit, signal)))
  )
    return drifts;
  const own = await context.own(name, signal);
  if (own?.current?.mark.version !== digest) {
    const switched = await tell('another version was switched on', async () => {
      if (own !== null && !(await supervisor.stop(own, signal)).ok) return false;
      return (await context.switchTo(unit, signal)).ok;
    });
    if (!switched) return drifts;
  }
  if (!runs) return drifts;
  const state = supervisor.state();
  if (state.kind === 'failed') return [...drifts, { name, message: state.reason, healed: false }];
  if (isActive(state) || state.kind === 'finished') return drifts;
  const startAgain = async (): Promise<boolean> => {
    const { current } = (await context.own(name, signal)) ?? { current: null };
    return current !== null && (await supervisor.start(current, signal)).ok;
  };
  // What was never started in this boot is started in silence: that is the start of the device, not drift.
  if (ran || drifts.length > 0) await tell('was not running', startAgain);
  else await startAgain();
  return drifts;
}
