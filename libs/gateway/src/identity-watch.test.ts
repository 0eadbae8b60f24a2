// SPDX-License-Identifier: Apache-2.0
import { createFakeClock } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { helloOf } from './device.fixture.ts';
import { createIdentityWatch } from './identity-watch.ts';

/** Streams of one identity, each replacing the one before: boot and run of the agent. Tells whether any was an alternation. */
function seen(...places: readonly (readonly [bootId: string, runId: string])[]): boolean {
  const watch = createIdentityWatch(createFakeClock());
  const hellos = places.map(([bootId, runId]) => helloOf({ bootId, runId }));
  return hellos.slice(1).some((now, n) => watch.replaced('device', hellos[n] ?? now, now));
}

describe('when a newer stream takes the place of another', () => {
  it.each([
    [
      'a device after cuts',
      [
        ['x', '1'],
        ['x', '1'],
        ['x', '1'],
      ],
      false,
    ],
    [
      'a device whose agent restarts',
      [
        ['x', '1'],
        ['x', '2'],
        ['x', '3'],
      ],
      false,
    ],
    [
      'a device that reboots',
      [
        ['x', '1'],
        ['y', '2'],
        ['z', '3'],
      ],
      false,
    ],
    [
      'a device of an older agent that reboots',
      [
        ['x', ''],
        ['x', ''],
        ['y', ''],
      ],
      false,
    ],
    [
      'two devices by turns',
      [
        ['x', '1'],
        ['y', '2'],
        ['x', '1'],
      ],
      true,
    ],
    [
      'two devices by turns, one restarted between',
      [
        ['x', '1'],
        ['y', '2'],
        ['x', '3'],
      ],
      true,
    ],
    [
      'two agents on one machine',
      [
        ['x', '1'],
        ['x', '2'],
        ['x', '1'],
      ],
      true,
    ],
    [
      'two devices of older agents',
      [
        ['x', ''],
        ['y', ''],
        ['x', ''],
      ],
      true,
    ],
  ] as const)('tells %s', (_what, places, alternation) => {
    expect(seen(...places)).toBe(alternation);
  });

  it('forgets after ten minutes', async () => {
    const clock = createFakeClock();
    const watch = createIdentityWatch(clock);
    const [a, b] = [helloOf({ runId: 'a' }), helloOf({ runId: 'b' })];
    expect(watch.replaced('device', a, b)).toBe(false);
    await clock.advance(10 * 60_000);
    expect(watch.replaced('device', b, a)).toBe(false);
    expect(watch.replaced('device', a, b)).toBe(true);
    expect(watch.heldFor('device')).toBe(10 * 60_000);
    await clock.advance(10 * 60_000);
    expect(watch.heldFor('device')).toBe(0);
  });
});
