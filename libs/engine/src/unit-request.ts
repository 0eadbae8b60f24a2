// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { isActive } from '@fairlead/planner';
import { runSet, unitDigest, unitKey, type Unit } from '@fairlead/target';
import type { StepFailure } from './domain.ts';
import { stateOf, type Workplace } from './workplace.ts';

/** What somebody at the device asks of one unit. */
export interface UnitRequest {
  readonly name: string;
  readonly action: 'start' | 'stop' | 'restart';
  /** How long it holds where the committed state says otherwise, in milliseconds. */
  readonly forMs: number;
}

/**
 * Does it, and keeps what is against the committed state as an override that ends by itself. To start what is started only on request
 * is no override, nor is to start again what is to run. Never while units are being changed.
 */
export function requestUnit(
  workplace: Workplace,
  { name, action, forMs }: UnitRequest,
  signal: AbortSignal,
): Promise<Result<void, StepFailure>> {
  const { journal, drivers, clock, overrides, exclusive } = workplace;
  return exclusive(async () => {
    const { transaction, committed } = journal.book();
    if (transaction.kind === 'applying' || transaction.kind === 'rolling-back')
      return err({ code: 'superseded', message: 'a revision is being applied' });
    const state = await stateOf(workplace, committed);
    const unit = state.units.find((each) => each.name === name);
    if (unit === undefined) return err({ code: 'misuse', message: `there is no unit '${name}'` });
    const { domain } = unit;
    const { names, blocked } = runSet(state.units);
    const override = (kind: 'start' | 'stop') =>
      overrides.put({ domain, name, kind, until: clock.now() + forMs });
    const step = (kind: 'stop' | 'activate', of: Unit) =>
      drivers.perform({ kind, domain, name, digest: unitDigest(of) }, [state], signal);

    if (action === 'stop') {
      if (names.has(name)) await override('stop');
      else await overrides.drop(unit);
      return step('stop', unit);
    }
    const observed = await drivers.observe(signal);
    const found = observed.find((each) => unitKey(each) === unitKey(unit));
    if (action === 'restart' && found !== undefined && isActive(found.condition)) {
      const stopped = await step('stop', unit);
      if (!stopped.ok) return stopped;
    }
    const isHeldBack = unit.disabled || blocked.some((each) => unitKey(each) === unitKey(unit));
    if (isHeldBack) await override('start');
    else await overrides.drop(unit);
    const started = await step('activate', unit);
    if (!started.ok) return started;
    return ok();
  });
}
