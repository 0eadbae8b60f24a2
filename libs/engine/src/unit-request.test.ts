// SPDX-License-Identifier: Apache-2.0
import { targetOf } from '@fairlead/target/testing';
import { createFakeClock, tempDir, waitFor, type FakeClock } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { revision, type Rig } from './rig.fixture.ts';
import { job, startRig, untilOutcomes } from './started-rig.fixture.ts';

const hour = 3_600_000;
const noon = Date.UTC(2026, 0, 10, 12);

/** A device that runs `a`, and knows `idle`, which is disabled, and `asked`, which is started on request. */
async function device(): Promise<{ rig: Rig; clock: FakeClock; dir: string }> {
  const dir = await tempDir();
  const clock = createFakeClock(noon);
  const rig = await startRig({ dir, clock, settings: { healEveryMs: 5_000 } });
  const units = [job('a', 1), job('idle', 1, { disabled: true }), job('asked', 1, { autostart: false })];
  rig.engine.submit(revision(targetOf(...units)));
  await untilOutcomes(rig, 1);
  return { rig, clock, dir };
}

const runs = async (rig: Rig): Promise<readonly string[]> =>
  Object.entries(await rig.domain.snapshot()).flatMap(([name, unit]) => (unit.runs ? [name] : []));

const untilRuns = (rig: Rig, clock: FakeClock, ...names: readonly string[]): Promise<unknown> =>
  waitFor(
    async () => {
      await clock.advance(1);
      return (await runs(rig)).join() === names.join();
    },
    { everyMs: 2, what: `${names.join()} to run` },
  );

const untilDrift = (rig: Rig, clock: FakeClock, ...messages: readonly string[]): Promise<unknown> =>
  waitFor(
    async () => {
      await clock.advance(1);
      return (
        rig.engine
          .state()
          .drift.map(({ message }) => message)
          .join() === messages.join()
      );
    },
    { everyMs: 2, what: `drift ${messages.join()}` },
  );

const stoppedUntilOne = 'stopped as asked on the device, until 2026-01-10T13:00:00.000Z';

describe('when a unit is stopped by request on the device', () => {
  it('stays stopped, shows as drift, and runs again when its time is over', async () => {
    const { rig, clock } = await device();
    expect(await rig.engine.request({ name: 'a', action: 'stop', forMs: hour })).toEqual({ ok: true });
    await untilDrift(rig, clock, stoppedUntilOne);
    await clock.advance(hour / 2);
    expect(await runs(rig)).toEqual([]);
    await clock.advance(hour / 2);
    await untilRuns(rig, clock, 'a');
    await untilDrift(rig, clock);
  });

  it('runs again at once when it is started', async () => {
    const { rig, clock } = await device();
    await rig.engine.request({ name: 'a', action: 'stop', forMs: hour });
    await rig.engine.request({ name: 'a', action: 'start', forMs: hour });
    expect(await runs(rig)).toEqual(['a']);
    await untilDrift(rig, clock);
  });

  it('stays so when another agent comes, and not when the machine starts anew', async () => {
    const { rig, dir } = await device();
    await rig.engine.request({ name: 'a', action: 'stop', forMs: hour });
    await rig.engine.stop();
    const clock = createFakeClock(noon + 1_000);
    const next = await startRig({ dir, clock, settings: { healEveryMs: 5_000 } });
    await clock.advance(5_000);
    await untilDrift(next, clock, stoppedUntilOne);
    expect(await runs(next)).toEqual([]);
    await next.engine.stop();
    await next.domain.reboot();
    const last = await startRig({ dir, clock, boot: 'boot-2' });
    await untilRuns(last, clock, 'a');
  });

  it('runs again with the next revision, whose receipt says so', async () => {
    const { rig, clock } = await device();
    await rig.engine.request({ name: 'a', action: 'stop', forMs: hour });
    rig.engine.submit(revision(targetOf(job('a', 1), job('b', 1)), 2));
    await untilOutcomes(rig, 2);
    expect(rig.outcomes[1]).toMatchObject({
      result: 'applied',
      message: "ended what was asked on the device: 'a' stopped",
    });
    await untilRuns(rig, clock, 'a', 'b');
  });
});

describe('when a unit is started by request on the device', () => {
  it('ends again if it is disabled, when its time is over', async () => {
    const { rig, clock } = await device();
    await rig.engine.request({ name: 'idle', action: 'start', forMs: hour });
    expect(await runs(rig)).toEqual(['a', 'idle']);
    await untilDrift(rig, clock, 'started as asked on the device, until 2026-01-10T13:00:00.000Z');
    await clock.advance(hour);
    await untilRuns(rig, clock, 'a');
  });

  it('goes on if that is how it is started, and is no drift', async () => {
    const { rig, clock } = await device();
    await rig.engine.request({ name: 'asked', action: 'start', forMs: hour });
    await clock.advance(2 * hour);
    expect(await runs(rig)).toEqual(['a', 'asked']);
    expect(rig.engine.state().drift).toEqual([]);
    await rig.engine.request({ name: 'asked', action: 'stop', forMs: hour });
    expect(await runs(rig)).toEqual(['a']);
    await untilDrift(rig, clock);
  });
});

describe('when a unit is restarted by request on the device', () => {
  it('is stopped and started, which is no drift', async () => {
    const { rig } = await device();
    const calls = rig.domain.calls.length;
    expect(await rig.engine.request({ name: 'a', action: 'restart', forMs: hour })).toEqual({ ok: true });
    const asked = rig.domain.calls.slice(calls).filter((call) => /^(stop|activate)/.test(call));
    expect(asked).toEqual(['stop a', 'activate a v1']);
  });

  it('says so if there is none of that name', async () => {
    const { rig } = await device();
    expect(await rig.engine.request({ name: 'b', action: 'restart', forMs: hour })).toMatchObject({
      ok: false,
      error: { message: "there is no unit 'b'" },
    });
  });
});
