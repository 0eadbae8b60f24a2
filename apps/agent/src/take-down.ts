// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FairleadError } from '@fairlead/base';
import type { Domain, ObservedUnit } from '@fairlead/engine';
import { parseTarget, startOrder, unitDigest, unitKey, type Unit } from '@fairlead/target';
import type { StateFolder } from './state-folder.ts';

/** A unit that could not be stopped, and why. */
export interface Remaining {
  readonly unit: string;
  readonly message: string;
}

/**
 * Stops every unit on the device, dependents before what they require, and removes what is worth something only while things run.
 * Needs no agent, and none may hold the folder. What is stored stays: the next agent starts the last good revision again.
 * `stopped` leaves out what stood still before.
 */
export async function takeDown(
  folder: StateFolder,
  drivers: readonly Domain[],
  signal: AbortSignal,
): Promise<{ readonly stopped: readonly string[]; readonly remaining: readonly Remaining[] }> {
  const stopped: string[] = [];
  const remaining: Remaining[] = [];
  const found: (ObservedUnit & { readonly driver: Domain })[] = [];
  for (const driver of drivers) {
    await driver.start(signal);
    for (const unit of await driver.observe(signal)) found.push({ ...unit, driver });
  }
  try {
    const rank = await rankOf(folder, found);
    const inOrder = found.toSorted((a, b) => rank(b) - rank(a));
    for (const { name, driver, condition } of inOrder) {
      const result = await driver
        .stopUnit(name, signal)
        .catch((thrown: unknown) => ({ ok: false as const, error: FairleadError.from(thrown) }));
      const unit = `${driver.name}/${name}`;
      if (!result.ok) remaining.push({ unit, message: result.error.message });
      else if (condition.kind !== 'stopped') stopped.push(unit);
    }
  } finally {
    for (const driver of drivers) await driver.stop();
  }
  if (remaining.length === 0) await rm(folder.runs, { recursive: true, force: true });
  return { stopped, remaining };
}

/** Place of a unit in the order of starting, by the target states that are stored; one that none of them knows is stopped first. */
async function rankOf(
  folder: StateFolder,
  found: readonly ObservedUnit[],
): Promise<(unit: ObservedUnit) => number> {
  const there = new Set(found.map((unit) => unit.digest));
  const known = (await storedUnits(join(folder.engine, 'targets'))).filter((unit) =>
    there.has(unitDigest(unit)),
  );
  const order = orderOf([...new Map(known.map((unit) => [unitKey(unit), unit])).values()]);
  const ranks = new Map(order.map((unit, index) => [unit.name, index]));
  return (unit) => ranks.get(unit.name) ?? order.length;
}

/** Units of two revisions may stand side by side where a transaction was cut, and then in no order; they are stopped all the same. */
function orderOf(units: readonly Unit[]): readonly Unit[] {
  try {
    return startOrder(units);
  } catch {
    return units;
  }
}

async function storedUnits(dir: string): Promise<readonly Unit[]> {
  const units: Unit[] = [];
  for (const name of await readdir(dir).catch(() => [])) {
    const state = parseTarget(await readFile(join(dir, name)));
    if (state.ok) units.push(...state.value.units);
  }
  return units;
}
