// SPDX-License-Identifier: Apache-2.0
import { diffTargets, type BlockedUnit, type TargetState, type UnitChange } from '@fairlead/target';
import type { Failure } from './book.ts';
import type { UnitFailure } from './engine-state.ts';
import type { UnitOutcome } from './outcome.ts';
import { blockedBy } from './resting.ts';

/** What became of each unit when the revision was applied. */
export function appliedUnits(
  before: TargetState,
  after: TargetState,
  blocked: readonly BlockedUnit[],
): readonly UnitOutcome[] {
  return diffTargets(before, after).map((change) => {
    const { domain, name } = unitOf(change);
    const by = blocked.find((unit) => unit.domain === domain && unit.name === name)?.by;
    if (by !== undefined) return { domain, name, result: 'blocked', code: null, message: blockedBy(by) };
    switch (change.kind) {
      case 'added':
      case 'changed':
        return plain(change, 'applied');
      case 'removed':
        return plain(change, 'removed');
      case 'unchanged':
        return plain(change, 'unchanged');
    }
  });
}

/** What became of each unit when the revision was refused or rolled back; `stuck`: what could not be brought back. */
export function revertedUnits(
  before: TargetState,
  after: TargetState,
  failure: Failure,
  stuck: readonly UnitFailure[],
): readonly UnitOutcome[] {
  return diffTargets(before, after).map((change) => {
    const { domain, name } = unitOf(change);
    const left = stuck.find((unit) => unit.domain === domain && unit.name === name);
    if (left !== undefined)
      return { domain, name, result: 'inconsistent', code: left.code, message: left.message };
    if (failure.unit?.domain === domain && failure.unit.name === name) {
      return { domain, name, result: 'failed', code: failure.code, message: failure.message };
    }
    return plain(change, change.kind === 'unchanged' ? 'unchanged' : 'rolled-back');
  });
}

function plain(change: UnitChange, result: UnitOutcome['result']): UnitOutcome {
  const { domain, name } = unitOf(change);
  return { domain, name, result, code: null, message: '' };
}

function unitOf(change: UnitChange): Pick<UnitOutcome, 'domain' | 'name'> {
  return change.kind === 'removed' ? change.before : change.after;
}
