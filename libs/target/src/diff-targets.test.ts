// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { diffTargets } from './diff-targets.ts';
import { jobUnit, targetOf } from './testing/units.ts';
import { plainAttributes } from './unit-attributes.ts';

describe('when a unit changed', () => {
  it('names the fields that differ', () => {
    const before = targetOf(jobUnit({ name: 'a', args: ['1'], user: 'x' }));
    const after = targetOf(jobUnit({ name: 'a', args: ['2'], user: null }));

    expect(diffTargets(before, after)).toMatchObject([{ kind: 'changed', fields: ['args', 'user'] }]);
  });
});

describe('when the attributes of a job are left out', () => {
  it('is a change', () => {
    const [before, after] = [
      jobUnit({ name: 'a', attributes: plainAttributes }),
      jobUnit({ name: 'a' }),
    ] as const;

    expect(diffTargets(targetOf(before), targetOf(after))).toMatchObject([
      { kind: 'changed', fields: ['attributes'] },
    ]);
  });
});

describe('when units come, stay and go', () => {
  it('lists them in byte order of their keys', () => {
    const [a, b, c] = ['B', 'a', 'b'].map((name) => jobUnit({ name }));
    const kinds = diffTargets(targetOf(a!, b!), targetOf(b!, c!)).map((change) => change.kind);

    expect(kinds).toEqual(['removed', 'unchanged', 'added']);
  });
});
