// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import {
  createTarget,
  plainSettings,
  type ApplyWhen,
  type JobUnit,
  type TargetState,
} from '@fairlead/target';
import { targetOf } from '@fairlead/target/testing';
import { createFakeClock, tempDir, type FakeClock } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import type { Busy, Idleness } from './apply-time.ts';
import { revision, type Rig, type RigOptions } from './rig.fixture.ts';
import { job, startRig, untilOutcomes, untilState } from './started-rig.fixture.ts';

const nightly: ApplyWhen = { kind: 'window', cron: '0 3 * * *', durationMs: 3_600_000, zone: 'UTC' };
const noon = Date.UTC(2026, 0, 10, 12);
const opening = Date.UTC(2026, 0, 11, 3);
const hour = 3_600_000;

const at = (apply: ApplyWhen, ...units: readonly JobUnit[]): TargetState =>
  createTarget(units, { ...plainSettings, apply });

/** Takes room on the device. */
const largeJob = job('a', 2, {
  members: [
    {
      name: 'a',
      image: {
        url: 'https://images.example/a.tar',
        digest: sha256('image'),
        size: 1,
        format: 'tar',
        version: '1',
      },
      configs: [],
      config: null,
      definition: null,
    },
  ],
});

const untilPending = (rig: Rig, code: string | null): Promise<unknown> =>
  untilState(rig, ({ pending }) => (pending?.code ?? null) === code);

/** A device that runs a v1 since noon, its clock standing still. */
async function deviceAtNoon(
  options: Partial<RigOptions> = {},
): Promise<{ rig: Rig; clock: FakeClock; dir: string }> {
  const dir = await tempDir();
  const clock = createFakeClock(noon);
  const rig = await startRig({ dir, clock, ...options });
  rig.engine.submit(revision(targetOf(job('a', 1))));
  await untilOutcomes(rig, 1);
  return { rig, clock, dir };
}

/** Whether somebody minds, as a test says. */
function switchboard(): Idleness & { set(busy: Busy | null): void } {
  const listeners = new Set<() => void>();
  let now: Busy | null = null;
  return {
    busy: () => now,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set(busy) {
      now = busy;
      for (const listener of listeners) listener();
    },
  };
}

describe('when a revision may be applied in a window only', () => {
  it('is staged at once, and touches nothing before the window opens', async () => {
    const { rig, clock } = await deviceAtNoon();
    rig.engine.submit(revision(at(nightly, job('a', 2)), 2));
    await untilPending(rig, 'pending-window');

    expect(rig.engine.state().pending).toMatchObject({ retryAt: opening });
    expect(rig.domain.calls).toContain('stage a v2');
    await clock.advance(15 * hour - 1);
    expect(await rig.domain.snapshot()).toEqual({ a: { version: 'v1', runs: true } });

    await clock.advance(1);
    await untilOutcomes(rig, 2);
    expect(rig.outcomes[1]).toMatchObject({ result: 'applied', message: '' });
    expect(rig.engine.state().pending).toBeNull();
  });

  it('notices that the clock was set forward', async () => {
    const { rig, clock } = await deviceAtNoon();
    rig.engine.submit(revision(at(nightly, job('a', 2)), 2));
    await untilPending(rig, 'pending-window');
    clock.jump(15 * hour);
    await clock.advance(60_000);
    await untilOutcomes(rig, 2);
    expect(await rig.domain.snapshot()).toEqual({ a: { version: 'v2', runs: true } });
  });

  it('gives way to a newer revision, which may be one that need not wait', async () => {
    const { rig } = await deviceAtNoon();
    rig.engine.submit(revision(at(nightly, job('a', 2)), 2));
    await untilPending(rig, 'pending-window');
    rig.engine.submit(revision(at(nightly, job('a', 3)), 3));
    await untilState(rig, ({ desired, pending }) => desired?.counter === 3 && pending !== null);
    rig.engine.submit(revision(targetOf(job('a', 4)), 4));
    await untilOutcomes(rig, 2);

    expect(rig.outcomes.map(({ counter, result }) => [counter, result])).toEqual([
      [1, 'applied'],
      [4, 'applied'],
    ]);
    expect(rig.domain.calls.filter((call) => call.startsWith('activate'))).toEqual([
      'activate a v1',
      'activate a v4',
    ]);
  });

  it('waits for nothing where nothing that runs is touched', async () => {
    const { rig } = await deviceAtNoon();
    rig.engine.submit(revision(at(nightly, job('a', 1)), 2));
    await untilOutcomes(rig, 2);
    expect(rig.outcomes[1]?.result).toBe('applied');
  });

  it.each(['boot-1', 'boot-2'])('still waits when the agent is back, in %s', async (boot) => {
    const { rig, dir } = await deviceAtNoon();
    rig.engine.submit(revision(at(nightly, job('a', 2)), 2));
    await untilPending(rig, 'pending-window');
    await rig.engine.stop();
    if (boot === 'boot-2') await rig.domain.reboot();

    const clock = createFakeClock(noon + hour);
    const back = await startRig({ dir, clock, boot });
    await untilPending(back, 'pending-window');
    expect(back.engine.state().pending).toMatchObject({ since: noon });
    expect(back.domain.calls).not.toContain('stage a v2');
    expect(await back.domain.snapshot()).toEqual({ a: { version: 'v1', runs: true } });
    await clock.advance(14 * hour);
    await untilState(back, ({ committed }) => committed?.counter === 2);
  });

  it('runs to its end when the window closes meanwhile', async () => {
    const { rig, clock } = await deviceAtNoon();
    const slow = job('a', 2, { env: { HANG_HEALTH: '' } });
    rig.engine.submit(revision(at(nightly, slow), 2));
    await untilPending(rig, 'pending-window');
    await clock.advance(15 * hour);
    await untilState(rig, ({ activity }) => activity.kind === 'applying' && activity.phase === 'health');
    await clock.advance(2 * hour);
    expect(rig.engine.state().activity.kind).toBe('applying');
  });
});

describe('when a revision waits until the device is idle', () => {
  it('is applied as soon as nobody minds any more', async () => {
    const idleness = switchboard();
    const { rig } = await deviceAtNoon({ idleness });
    idleness.set({ message: 'till is busy', until: null });
    rig.engine.submit(revision(at({ kind: 'idle' }, job('a', 2)), 2));
    await untilPending(rig, 'pending-idle');
    expect(rig.engine.state().pending).toMatchObject({ message: 'till is busy', retryAt: null });
    expect(await rig.domain.snapshot()).toEqual({ a: { version: 'v1', runs: true } });
    idleness.set(null);
    await untilOutcomes(rig, 2);
    expect(await rig.domain.snapshot()).toEqual({ a: { version: 'v2', runs: true } });
  });
});

describe('when somebody at the device asks to apply early', () => {
  it('does, and the receipt says so', async () => {
    const { rig } = await deviceAtNoon();
    rig.engine.submit(revision(at(nightly, job('a', 2)), 2));
    await untilPending(rig, 'pending-window');
    expect(await rig.engine.applyEarly()).toBe(true);
    await untilOutcomes(rig, 2);
    expect(rig.outcomes[1]).toMatchObject({
      result: 'applied',
      message: 'applied early, as asked on the device',
    });
  });

  it('says that none waits, where none does', async () => {
    const { rig } = await deviceAtNoon();
    expect(await rig.engine.applyEarly()).toBe(false);
  });

  it('lets no later revision through with it', async () => {
    const { rig } = await deviceAtNoon();
    rig.engine.submit(revision(at(nightly, job('a', 2)), 2));
    await untilPending(rig, 'pending-window');
    await rig.engine.applyEarly();
    await untilOutcomes(rig, 2);
    rig.engine.submit(revision(at(nightly, job('a', 3)), 3));
    await untilPending(rig, 'pending-window');
    expect(await rig.domain.snapshot()).toEqual({ a: { version: 'v2', runs: true } });
  });

  it('does so also if the agent ends before it could', async () => {
    const { rig, dir } = await deviceAtNoon({ freeBytes: () => 0 });
    rig.engine.submit(revision(at(nightly, largeJob), 2));
    await untilPending(rig, 'no-space');
    expect(await rig.engine.applyEarly()).toBe(true);
    rig.abort();
    await rig.engine.stop();

    const back = await startRig({ dir, clock: createFakeClock(noon + 60_000) });
    await untilState(back, ({ committed }) => committed?.counter === 2);
    expect(back.outcomes.at(-1)).toMatchObject({ message: 'applied early, as asked on the device' });
  });

  it('lets no other revision through, not even one with the same target', async () => {
    let free = 0;
    const { rig } = await deviceAtNoon({ freeBytes: () => free });
    rig.engine.submit(revision(at(nightly, largeJob), 2));
    await untilPending(rig, 'no-space');
    await rig.engine.applyEarly();
    rig.engine.submit(revision(at(nightly, largeJob), 3));
    await untilState(rig, ({ desired }) => desired?.counter === 3);
    free = Number.MAX_SAFE_INTEGER;
    rig.engine.lookAgain();
    await untilPending(rig, 'pending-window');
  });
});
