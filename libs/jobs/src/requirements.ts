// SPDX-License-Identifier: Apache-2.0
import type { JobUnit } from '@fairlead/target';
import type { Supervisor } from './supervisor.ts';

/** Why a unit cannot start yet; null: nothing is missing. Units that another driver runs are that driver's matter, and the engine's. */
function missingRequirement(unit: JobUnit, supervisors: ReadonlyMap<string, Supervisor>): string | null {
  for (const name of unit.requires) {
    const state = supervisors.get(name)?.state();
    if (state === undefined || state.kind === 'running' || state.kind === 'finished') continue;
    return `waits for '${name}', which is ${state.kind}`;
  }
  return null;
}

/** Resolves when nothing is missing; tells what is, whenever that changes. */
export async function awaitRequirements(
  unit: JobUnit,
  supervisors: ReadonlyMap<string, Supervisor>,
  missing: (reason: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const reason = missingRequirement(unit, supervisors);
    if (reason === null) return;
    missing(reason);
    const done = new AbortController();
    const both = AbortSignal.any([signal, done.signal]);
    const others = unit.requires.flatMap((name) => supervisors.get(name) ?? []);
    try {
      await Promise.race(others.map((supervisor) => supervisor.changed(both)));
    } finally {
      done.abort();
    }
  }
}
