// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { commitOf, deviceA, deviceB, fleetId, type Files } from '../commit.fixture.ts';
import { createCompiler } from '../compiler.ts';
import { app, lockOf, podFleet, schemaLine } from './pod.fixture.ts';

describe('when a commit changes one file of a pod', () => {
  const pods = (base: string): Files => ({
    ...podFleet('extends: [base.yaml]\n', {
      'pods/base.yaml': `${schemaLine}${base}`,
      'pods/y.yaml': `${schemaLine}containers: {b: {firmware: b.elf}}\n`,
      'pods/b.elf': 'b',
      ...lockOf([app]),
    }),
    'fleet.json': { id: fleetId, groups: { g: { pod: './pods/x.yaml' }, h: { pod: './pods/y.yaml' } } },
    'devices.json': { [deviceA]: { group: 'g' }, [deviceB]: { group: 'h' } },
  });

  it('reads no more than it and its pod, and changes no other target', async () => {
    const compiler = createCompiler();
    const first = await compiler.compile(commitOf(pods('containers: {a: {image: app:1}}\n')));
    const reads: string[] = [];
    const second = await compiler.compile(
      commitOf(pods('containers: {a: {image: app:1, background: true}}\n'), { reads }),
    );
    expect(reads).toHaveLength(2);
    if (first.kind !== 'compiled' || second.kind !== 'compiled') throw new TypeError('refused');
    expect(second.targets.get(deviceA)).not.toBe(first.targets.get(deviceA));
    expect(second.targets.get(deviceB)).toBe(first.targets.get(deviceB));
    const again: string[] = [];
    await compiler.compile(
      commitOf(pods('containers: {a: {image: app:1, background: true}}\n'), { reads: again }),
    );
    expect(again).toEqual([]);
  });

  it('sees a base that was not there before', async () => {
    const compiler = createCompiler();
    const whole = pods('containers: {a: {image: app:1}}\n');
    const { 'pods/base.yaml': _base, ...without } = whole;
    expect((await compiler.compile(commitOf(without))).kind).toBe('refused');
    expect((await compiler.compile(commitOf(whole))).kind).toBe('compiled');
  });
});
