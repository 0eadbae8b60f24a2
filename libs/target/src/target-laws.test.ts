// SPDX-License-Identifier: Apache-2.0
import { sortedBy } from '@fairlead/base';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryTarget } from './arbitrary-target.fixture.ts';
import { targetBytes, unitDigest, unitKey } from './canonical-target.ts';
import { diffTargets, type UnitChange } from './diff-targets.ts';
import { targetLimits } from './limits.ts';
import { parseTarget, targetProblems } from './parse-target.ts';
import type { TargetState, Unit } from './target-state.ts';
import { jobUnit, targetOf } from './testing/units.ts';

describe('the canonical form of a target state', () => {
  it('is read back to the same target state', () => {
    fc.assert(
      fc.property(arbitraryTarget, (target) => {
        expect(parseTarget(targetBytes(target))).toEqual({ ok: true, value: target });
      }),
    );
  });
});

describe('when a target state was made here, whatever it holds', () => {
  it('has as many problems as its bytes', () => {
    const damaged = fc
      .tuple(arbitraryTarget, fc.nat(), fc.nat(), fc.jsonValue())
      .map(([target, at, which, value]): TargetState => {
        const units = target.units.map((unit, index) => {
          const fields = Object.keys(unit);
          const field = fields[which % fields.length] ?? '';
          return index === at % target.units.length ? { ...unit, [field]: value } : unit;
        });
        return { ...target, units } as TargetState;
      });
    fc.assert(
      fc.property(fc.oneof(arbitraryTarget, damaged), (target) => {
        fc.pre(hasCanonicalForm(target));
        const bytes = targetBytes(target);
        const parsed = parseTarget(bytes);
        expect(targetProblems(target, bytes).length).toBe(parsed.ok ? 0 : parsed.error.length);
      }),
      { numRuns: 500 },
    );
  });

  it.each([[{ constructor: '1' }], [Object.fromEntries([['__proto__', '1']])], [[]]])(
    'is refused with the environment of case %#, as its bytes are',
    (env) => {
      const target = targetOf(jobUnit({ name: 'a', env: env as Record<string, string> }));
      const bytes = targetBytes(target);
      const problems = ['not in canonical form (RFC 8785)'];
      expect(parseTarget(bytes)).toEqual({ ok: false, error: problems });
      expect(targetProblems(target, bytes)).toEqual(problems);
    },
  );

  it('is too long where its bytes are', () => {
    const bytes = new Uint8Array(targetLimits.bytes + 1);
    expect(targetProblems(targetOf(), bytes)).toEqual(['longer than 16777216 bytes']);
  });
});

function hasCanonicalForm(target: TargetState): boolean {
  try {
    targetBytes(target);
    return true;
  } catch {
    return false;
  }
}

/** Applies a difference to the state it was taken from. */
function patch(before: TargetState, changes: readonly UnitChange[]): readonly Unit[] {
  const units = new Map(before.units.map((unit) => [unitKey(unit), unit]));
  for (const change of changes) {
    if (change.kind === 'removed') units.delete(unitKey(change.before));
    else units.set(unitKey(change.after), change.after);
  }
  return sortedBy(units.values(), unitKey);
}

const mirrored = { added: 'removed', removed: 'added', changed: 'changed', unchanged: 'unchanged' } as const;
const keyOf = (change: UnitChange): string =>
  unitKey(change.kind === 'removed' ? change.before : change.after);

describe('the difference of two target states', () => {
  it('leads from the one to the other', () => {
    fc.assert(
      fc.property(arbitraryTarget, arbitraryTarget, (a, b) => {
        expect(patch(a, diffTargets(a, b))).toEqual(b.units);
      }),
    );
  });

  it('of a state and itself is unchanged throughout', () => {
    fc.assert(
      fc.property(arbitraryTarget, (a) => {
        expect(diffTargets(a, a).map((change) => change.kind)).toEqual(a.units.map(() => 'unchanged'));
      }),
    );
  });

  it('reads backwards as its mirror', () => {
    fc.assert(
      fc.property(arbitraryTarget, arbitraryTarget, (a, b) => {
        const there = diffTargets(a, b).map((change) => [keyOf(change), mirrored[change.kind]]);

        expect(diffTargets(b, a).map((change) => [keyOf(change), change.kind])).toEqual(there);
      }),
    );
  });

  it('calls a unit changed exactly when its digest is another', () => {
    fc.assert(
      fc.property(arbitraryTarget, arbitraryTarget, (a, b) => {
        for (const change of diffTargets(a, b)) {
          if (change.kind === 'changed') expect(unitDigest(change.before)).not.toBe(unitDigest(change.after));
          if (change.kind === 'unchanged')
            expect(a.units.map(unitDigest)).toContain(unitDigest(change.after));
        }
      }),
    );
  });
});
