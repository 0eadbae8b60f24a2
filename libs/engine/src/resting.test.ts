// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import type { DeviceUnit, UnitCondition } from '@fairlead/planner';
import { jobUnit, targetOf } from '@fairlead/target/testing';
import { describe, expect, it } from 'vitest';
import { restingUnits } from './resting.ts';

const seen = (name: string, condition: UnitCondition): DeviceUnit => ({
  domain: 'jobs',
  name,
  digest: sha256(name),
  staged: [],
  condition,
});

describe('when units stand still', () => {
  it('says of each why', () => {
    const committed = targetOf(
      jobUnit({ name: 'base' }),
      jobUnit({ name: 'held', requires: ['base'] }),
      jobUnit({ name: 'off', disabled: true }),
      jobUnit({ name: 'barred', requires: ['off'] }),
      jobUnit({ name: 'parked', autostart: false }),
      jobUnit({ name: 'up' }),
    );
    const observed = [
      seen('base', { kind: 'waiting', code: 'unit-ended', message: 'ended with exit code 1' }),
      ...['held', 'off', 'barred', 'parked'].map((name) => seen(name, { kind: 'stopped' })),
      seen('up', { kind: 'running' }),
    ];
    expect(restingUnits(committed, observed).map(({ name, message }) => `${name}: ${message}`)).toEqual([
      "barred: it waits for 'off', which is disabled",
      "held: it waits for 'base', which is waiting",
      'off: it is disabled',
      'parked: it is started on request',
    ]);
  });
});
