// SPDX-License-Identifier: Apache-2.0
import { canonicalJson, FairleadError, isAbort } from '@fairlead/base';
import { isActive, type DeviceUnit } from '@fairlead/planner';
import { runSet, unitDigest, unitKey, type TargetState } from '@fairlead/target';
import { overrideDrift } from './overrides.ts';
import { heldUnits } from './dependents.ts';
import type { DriftReport } from './engine-state.ts';
import { createWake } from './wake.ts';
import { stateOf, type Workplace } from './workplace.ts';

/** Keeps what is committed running as it is committed. */
export interface DriftWatch {
  /** Heals now and then until the signal aborts; never while units are being changed. */
  run(signal: AbortSignal): Promise<void>;
  /** A unit's condition changed: look who depends on it. */
  call(): void;
  /** Heal now. */
  look(): void;
  /** What the last healing found. */
  found(): readonly DriftReport[];
}

export function createDriftWatch(workplace: Workplace, onFound: () => Promise<void>): DriftWatch {
  const { journal, drivers, clock, logger, settings, boot, exclusive, overrides } = workplace;
  const wake = createWake(clock);
  let healAt = 0;
  let found: readonly DriftReport[] = [];
  // Stopped by this watch until what they require runs again: to start them then is no drift.
  let held: ReadonlySet<string> = new Set();

  async function look(isHealing: boolean, signal: AbortSignal): Promise<void> {
    const { committed, transaction, boot: broughtUp } = journal.book();
    const isSettled = transaction.kind === 'none' || transaction.kind === 'staging';
    if (!isSettled || committed === null || broughtUp !== boot) return;
    const state = await stateOf(workplace, committed);
    await endOverrides(state, signal);
    await holdBack(state, await drivers.observe(signal), signal);
    if (!isHealing) return;
    await keepStarted(state, signal);
    const healed = await drivers.heal(state, held, settings.drift, signal);
    const drift = [...overrides.all().map(overrideDrift), ...healed];
    if (canonicalJson(drift) === canonicalJson(found)) return;
    for (const report of drift) logger.warn('drift', { ...report });
    found = drift;
    await onFound();
  }

  /** What was asked for a while is over, or its unit is gone. */
  async function endOverrides(state: TargetState, signal: AbortSignal): Promise<void> {
    const { names } = runSet(state.units);
    for (const override of overrides.all()) {
      const unit = state.units.find((each) => unitKey(each) === unitKey(override));
      if (unit !== undefined && clock.now() < override.until) continue;
      await overrides.drop(override);
      if (override.kind === 'start' && unit !== undefined && !names.has(unit.name))
        await drivers.perform(
          { kind: 'stop', domain: unit.domain, name: unit.name, digest: unitDigest(unit) },
          [state],
          signal,
        );
    }
  }

  /** Starts what is to run for a while although the committed state does not say so. */
  async function keepStarted(state: TargetState, signal: AbortSignal): Promise<void> {
    for (const override of overrides.all()) {
      const unit = state.units.find((each) => unitKey(each) === unitKey(override));
      if (override.kind !== 'start' || unit === undefined) continue;
      await drivers.perform(
        { kind: 'activate', domain: unit.domain, name: unit.name, digest: unitDigest(unit) },
        [state],
        signal,
      );
    }
  }

  /** Stops what must not run for now, by request or without what it requires, and starts it again later. */
  async function holdBack(
    state: TargetState,
    observed: readonly DeviceUnit[],
    signal: AbortSignal,
  ): Promise<void> {
    const stops = overrides.all().filter(({ kind }) => kind === 'stop');
    const now = new Set([...stops.map(unitKey), ...heldUnits(state, observed)]);
    const units = new Map(observed.map((unit) => [unitKey(unit), unit]));
    for (const key of now) {
      const unit = units.get(key);
      if (unit === undefined || !isActive(unit.condition)) continue;
      logger.info('stopping a unit that must not run for now', { unit: key });
      await drivers.perform(
        { kind: 'stop', domain: unit.domain, name: unit.name, digest: unit.digest },
        [state],
        signal,
      );
    }
    for (const unit of state.units) {
      if (!held.has(unitKey(unit)) || now.has(unitKey(unit))) continue;
      await drivers.perform(
        { kind: 'activate', domain: unit.domain, name: unit.name, digest: unitDigest(unit) },
        [state],
        signal,
      );
    }
    held = now;
  }

  return {
    found: () => found,
    call: () => wake.call(),
    look() {
      healAt = 0;
      wake.call();
    },
    async run(signal) {
      healAt = clock.monotonic() + settings.healEveryMs;
      while (!signal.aborted) {
        try {
          await wake.sleep(healAt - clock.monotonic(), signal);
          const isHealing = clock.monotonic() >= healAt;
          if (isHealing) healAt = clock.monotonic() + settings.healEveryMs;
          await exclusive(() => look(isHealing, signal));
        } catch (thrown) {
          if (!isAbort(thrown))
            logger.warn('looking for drift failed', { error: FairleadError.from(thrown).message });
        }
      }
    },
  };
}
