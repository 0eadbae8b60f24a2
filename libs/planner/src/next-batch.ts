// SPDX-License-Identifier: Apache-2.0
import type { TargetState } from '@fairlead/target';
import { phaseOf, type Phase, type Step } from './step.ts';

/** Steps of one unit, one after the other. */
export type Lane = readonly [Step, ...Step[]];

/** Lanes that may be gone side by side. */
export type Batch = readonly Lane[];

/**
 * The longest run of `steps` that may be done side by side, from its first on: all of one phase, and none of a unit that requires
 * another one there, directly or by way of others, in any of `targets`. Empty: there are no steps. Whatever wrote the steps down, an
 * earlier release too: steps that one after the other are right are right so.
 */
export function nextBatch(steps: readonly Step[], targets: readonly TargetState[]): Batch {
  const [first] = steps;
  if (first === undefined) return [];
  const phase = phaseOf(first);
  const requirements = isOrdered(phase) ? targets.map(allRequired) : [];
  const lanes = new Map<string, [Step, ...Step[]]>();
  for (const step of steps) {
    if (phaseOf(step) !== phase) break;
    const lane = lanes.get(step.name);
    if (lane !== undefined) {
      lane.push(step);
      continue;
    }
    const isBound = (other: string): boolean =>
      requirements.some((required) => required(step.name).has(other) || required(other).has(step.name));
    if ([...lanes.keys()].some(isBound)) break;
    lanes.set(step.name, [step]);
  }
  return [...lanes.values()];
}

/** How many steps a batch takes off the front of those that it was made from. */
export function stepsIn(batch: Batch): number {
  return batch.reduce((sum, lane) => sum + lane.length, 0);
}

/** True for the phases in which a unit waits for others. */
function isOrdered(phase: Phase): boolean {
  switch (phase) {
    case 'stop':
    case 'activate':
      return true;
    case 'stage':
    case 'switch':
    case 'health':
      return false;
  }
}

/** Names of all that a unit of the target state requires, however far away. */
function allRequired({ units }: TargetState): (name: string) => ReadonlySet<string> {
  const requires = new Map(units.map((unit) => [unit.name, unit.requires]));
  const known = new Map<string, ReadonlySet<string>>();
  const required = (name: string): ReadonlySet<string> => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const direct = requires.get(name) ?? [];
    const all = new Set(direct.flatMap((other) => [other, ...required(other)]));
    known.set(name, all);
    return all;
  };
  return required;
}
