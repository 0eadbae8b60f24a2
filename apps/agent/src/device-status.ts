// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@fairlead/base';
import type { DeviceUnit, EngineState, RestingUnit } from '@fairlead/engine';
import type { LinkView } from '@fairlead/link';
import { wireLimits, type Status, type UnitStatus } from '@fairlead/wire';
import { conditionOf, told, type Condition } from './agent-status.ts';

/** Makes the device's Status, and remembers since when it is so. */
export interface StatusBoard {
  /** The newest; `changed` where it differs from the one before in more than the time. */
  look(): { readonly status: Status; readonly changed: boolean };
}

export function createDeviceStatus(
  clock: Clock,
  engine: () => EngineState,
  link: () => LinkView,
): StatusBoard {
  let last: Status | null = null;
  return {
    look() {
      const state = engine();
      const condition = conditionOf(state, link());
      const since = condition.since ?? (last !== null && isSame(last, condition) ? last.since : clock.now());
      const status = statusOf(state, condition, since);
      const changed = last === null || JSON.stringify(last) !== JSON.stringify(status);
      last = status;
      return { status, changed };
    },
  };
}

function isSame(a: Condition, b: Condition): boolean {
  return a.state === b.state && a.code === b.code;
}

/** Cut to what one message may hold. */
function statusOf(engine: EngineState, condition: Condition, since: number): Status {
  const { committed, desired } = engine;
  // Applied is what is committed. Any other state is told of what is wanted: on its way, or failed while what was before runs again.
  const settled = condition.state === 'applied' || condition.state === 'drift';
  const named = settled ? committed : (desired ?? committed);
  return {
    kind: 'status',
    state: condition.state,
    code: condition.code,
    message: cut(condition.message),
    since,
    revision: named?.revision ?? null,
    target: named?.target ?? null,
    units: engine.units.slice(0, wireLimits.units).map((unit) => unitStatus(unit, engine.resting)),
    drift: engine.drift
      .slice(0, wireLimits.drift)
      .map(told)
      .map((drift) => ({ unit: `${drift.domain}/${drift.name}`, found: cut(drift.message, 200) })),
  };
}

function unitStatus({ domain, name, condition }: DeviceUnit, resting: readonly RestingUnit[]): UnitStatus {
  const rests =
    condition.kind === 'stopped' && resting.find((unit) => unit.domain === domain && unit.name === name);
  const reason = 'code' in condition ? `${condition.code}: ${condition.message}` : rests ? rests.message : '';
  return { domain, name, condition: condition.kind, reason: cut(reason, 120) };
}

function cut(text: string, most: number = wireLimits.text): string {
  return text.slice(0, most).toWellFormed();
}
