// SPDX-License-Identifier: Apache-2.0
import { formatToken } from '@fairlead/identity';
import { createDeviceKey, createCsr } from '@fairlead/identity/device';
import { createToken } from '@fairlead/identity/authority';
import { createFakeClock, systemClock } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { rm, writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createEnrolment } from './enrolment.ts';
import { newLine, signal } from './release-line.fixture.ts';
import type { RecordedRevision } from './revision-desk.ts';
import { newFleet, recordsIn } from './server.fixture.ts';
import { createWaitingDevices } from './waiting-devices.ts';

const hour = 3_600_000;

const timestamps = (published: readonly RecordedRevision[]): readonly number[] =>
  published.map(({ signed }) => signed.timestamp.version);

describe('when time goes by', () => {
  it('signs the timestamp again daily and the others before they expire, each recorded before it is offered', async () => {
    const line = await newLine(await newFleet());
    const head = await line.fleet.head();
    expect(await line.release.follow(line.repository, head, signal)).toMatchObject({ ok: true });
    expect(await line.release.refresh(signal)).toEqual({ ok: true, value: 'nothing due' });
    line.clock.jump(25 * hour);
    expect(await line.release.refresh(signal)).toEqual({ ok: true, value: 'signed' });
    expect(timestamps(line.published)).toEqual([1, 2]);
    expect(line.published.map(({ signed }) => signed.snapshot.version)).toEqual([1, 1]);
    line.clock.jump(61 * 24 * hour);
    expect(await line.release.refresh(signal)).toEqual({ ok: true, value: 'signed' });
    expect(line.published.at(-1)?.signed).toMatchObject({
      timestamp: { version: 3 },
      snapshot: { version: 2 },
    });
    const kinds = (await recordsIn(line.fleet.dir)).map(({ kind }) => kind);
    expect(kinds).toEqual(['revision', 'refreshed', 'refreshed']);
    // Another process counts on from the record.
    const again = await newLine(line.fleet, line.clock);
    expect(await again.release.follow(again.repository, head, signal)).toMatchObject({ ok: true });
    expect(timestamps(again.published)).toEqual([3]);
  }, 60_000);

  it('offers what another server signed, and signs no second one', async () => {
    const fleet = await newFleet();
    const clock = createFakeClock(systemClock.now());
    const [one, two] = [await newLine(fleet, clock), await newLine(fleet, clock)];
    const head = await fleet.head();
    for (const { release, repository } of [one, two]) await release.follow(repository, head, signal);
    clock.jump(25 * hour);
    expect(await one.release.refresh(signal)).toEqual({ ok: true, value: 'signed' });
    expect(await two.release.refresh(signal)).toEqual({ ok: true, value: 'nothing due' });
    expect([timestamps(one.published), timestamps(two.published)]).toEqual([
      [1, 2],
      [1, 2],
    ]);
  }, 60_000);
});

describe('when another server was quicker', () => {
  it('says nothing of a head that the branch has left behind by then, and follows the newer one', async () => {
    const fleet = await newFleet();
    const [one, two] = [await newLine(fleet), await newLine(fleet)];
    const past = await fleet.head();
    const newest = await fleet.commit({});
    await one.release.follow(one.repository, newest, signal);

    expect(await two.release.follow(two.repository, past, signal)).toMatchObject({ ok: true });

    expect((await recordsIn(fleet.dir)).map(({ kind }) => kind)).toEqual(['revision']);
    expect(two.published.map(({ compiled }) => compiled.manifest.commit)).toEqual([newest]);
  }, 60_000);
});

describe('when the log cannot be written', () => {
  it('offers nothing that is not recorded, and goes on when it can', async () => {
    const line = await newLine(await newFleet());
    const refs = join(line.fleet.dir, '.git/refs/fairlead');
    await mkdir(join(refs, '..'), { recursive: true });
    await writeFile(refs, 'in the way');
    const head = await line.fleet.head();
    expect(await line.release.follow(line.repository, head, signal)).toMatchObject({
      ok: false,
      error: { area: 'log' },
    });
    expect(line.published).toEqual([]);
    await rm(refs);
    expect(await line.release.follow(line.repository, head, signal)).toMatchObject({ ok: true });
    expect(timestamps(line.published)).toEqual([1]);
  }, 60_000);
});

describe('when a device enrolls', () => {
  it('is recorded first; the same key gets the same answer, another key none', async () => {
    const { fleet, keys, repository, benches, release, clock } = await newLine(await newFleet());
    await release.follow(repository, await fleet.head(), signal);
    const stranger = '99999999-1111-4111-8111-999999999999';
    const enrolment = createEnrolment({
      isMember: (id) => id !== stranger,
      certificateLife: 90 * 24 * hour,
      maxAway: 400 * 24 * hour,
      waiting: createWaitingDevices(clock, Math.random),
      fleet: keys.fleet,
      enrolmentKey: keys.enrolmentKey,
      authority: keys.authority,
      authorities: () => keys.authorities(),
      clock,
      log: () => benches.current()?.log.state(),
      record: async (record) => benches.current()!.log.append([record]),
    });
    const device = '0b1e7a52-3c64-4f0e-8d0b-5a1c9f2e4d01';
    const tokenFor = (id: string) =>
      formatToken(
        createToken({
          enrolmentKey: keys.enrolmentKey,
          fleet: keys.fleet,
          device: id,
          expires: clock.now() + hour,
        }),
      );
    const token = tokenFor(device);
    const csr = createCsr(createDeviceKey(), 'whoever');
    const [first, again, atOnce] = await Promise.all([
      enrolment.enroll({ token, csr }),
      enrolment.enroll({ token, csr }),
      enrolment.enroll({ token, csr: createCsr(createDeviceKey(), device) }),
    ]);
    expect(first).toMatchObject({ ok: true });
    expect(again).toEqual(first);
    expect(atOnce).toMatchObject({ ok: false, error: { code: 'token-used' } });
    expect(await enrolment.enroll({ token, csr })).toEqual(first);
    const other = createCsr(createDeviceKey(), device);
    expect(await enrolment.enroll({ token, csr: other })).toMatchObject({
      ok: false,
      error: { code: 'token-used' },
    });
    expect(await enrolment.enroll({ token: tokenFor(stranger), csr })).toMatchObject({
      ok: false,
      error: { code: 'not-in-fleet' },
    });
    expect((await recordsIn(fleet.dir)).filter(({ kind }) => kind === 'enrolled')).toHaveLength(1);
  }, 60_000);
});
