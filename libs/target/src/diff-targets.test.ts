// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { diffTargets } from './diff-targets.ts';
import { jobUnit, targetOf } from './testing/units.ts';

describe('when a unit changed', () => {
  it('names the fields that differ', () => {
    const before = targetOf(jobUnit({ name: 'a', args: ['1'], user: 'x' }));
    const after = targetOf(jobUnit({ name: 'a', args: ['2'], user: null }));

    expect(diffTargets(before, after)).toMatchObject([{ kind: 'changed', fields: ['args', 'user'] }]);
  });
});

describe('when units come, stay and go', () => {
  it('lists them in byte order of their keys', () => {
    const [a, b, c] = ['B', 'a', 'b'].map((name) => jobUnit({ name }));
    const kinds = diffTargets(targetOf(a!, b!), targetOf(b!, c!)).map((change) => change.kind);

    expect(kinds).toEqual(['removed', 'unchanged', 'added']);
  });
});
