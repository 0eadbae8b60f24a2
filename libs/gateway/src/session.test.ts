// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import { status } from '@grpc/grpc-js';
import { certificateFingerprint } from '@fairlead/identity';
import { createFakeClock, waitFor } from '@fairlead/testing';
import { encodeFromAgent, PROTOCOL, wireLimits } from '@fairlead/wire';
import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { connectDevice, helloOf, openClient, openStream } from './device.fixture.ts';
import { deviceId, publicationOf } from './fleet.fixture.ts';
import { startGateway, type TestGateway } from './gateway.fixture.ts';

const [one, two] = [deviceId(1), deviceId(2)];

describe('when a device does not follow the protocol', () => {
  it('is sent away with the reason', async () => {
    const at = await startGateway();
    const pair = await at.authority.device(one);
    const open = () => openStream(openClient(at, at.authority.ca, pair));

    const garbage = open();
    garbage.sayBytes(Buffer.from([0xff, 0xff, 0xff]));
    expect(await garbage.message('goodbye')).toMatchObject({ reason: 'protocol-error' });

    const early = open();
    early.say({ kind: 'command-result', id: 'x', ok: true, code: null, message: '' });
    expect((await early.message('goodbye')).message).toBe('a stream begins with hello, not command-result');

    const twice = open();
    twice.say(helloOf());
    twice.say(helloOf());
    expect((await twice.message('goodbye')).message).toBe('a second hello');
    expect(await twice.ended).toBeNull();
  });

  it('is sent away when it sends a message that is too large, and the server stays', async () => {
    const at = await startGateway();
    const device = await connectDevice(at, one);
    await device.message('welcome');
    device.sayBytes(Buffer.alloc(wireLimits.message + 1));
    expect((await device.ended)?.code).toBe(status.RESOURCE_EXHAUSTED);
    await (await connectDevice(at, two)).message('welcome');
  });
});

describe('when an agent is of another version', () => {
  /** A hello with a field that this release does not know, number 31. */
  const grown = (protocol: number) => {
    const known = encodeFromAgent(helloOf({ protocol }));
    const body = Buffer.concat([known.subarray(2), Buffer.from([0xf8, 0x01, 0x07])]);
    // Its length takes one byte, before as after.
    expect([known[1], body.length < 128]).toEqual([known.length - 2, true]);
    return Buffer.concat([known.subarray(0, 1), Buffer.from([body.length]), body]);
  };

  it('works with the next one, ignoring what is new in it', async () => {
    const at = await startGateway();
    await at.gateway.publish(publicationOf({ counter: 1, bodies: { [one]: 'a' } }));
    const device = openStream(openClient(at, at.authority.ca, await at.authority.device(one)));
    device.sayBytes(grown(PROTOCOL + 1));
    await device.message('offer');
    // Field 9 of the envelope: none of this release.
    device.sayBytes(Buffer.from([0x4a, 0x01, 0x00]));
    device.say({ kind: 'command-result', id: 'x', ok: true, code: null, message: '' });
    expect(await device.message('record-ack')).toMatchObject({ id: 'x' });
  });

  it('works with one that says less', async () => {
    const at = await startGateway();
    await at.gateway.publish(publicationOf({ counter: 1, bodies: { [one]: 'a' } }));
    const older = await connectDevice(at, one, { capabilities: [], architecture: '', deviceTime: 0 });
    await older.message('offer');
  });

  it.each([
    [0, 'agent-too-old'],
    [PROTOCOL + 2, 'unavailable'],
  ])('sends one away that is further off: version %i', async (protocol, reason) => {
    const at = await startGateway();
    const device = await connectDevice(at, one, { protocol });
    expect(await device.message('goodbye')).toMatchObject({ reason });
    expect(await device.ended).toBeNull();
  });
});

describe('when a device opens a second stream', () => {
  it('gives the newer one everything and ends the older one', async () => {
    const at = await startGateway();
    await at.gateway.publish(publicationOf({ counter: 1, bodies: { [one]: 'a' } }));
    const old = await connectDevice(at, one);
    await old.message('offer');
    const fresh = await connectDevice(at, one, {}, old.pair);
    await fresh.message('offer');
    expect(await old.message('goodbye')).toMatchObject({ reason: 'replaced' });
    expect(await old.ended).toBeNull();
    expect(at.gateway.counts().connected).toBe(1);
    await at.gateway.publish(publicationOf({ counter: 2, bodies: { [one]: 'b' } }));
    await fresh.message('offer', 1);
  });

  it('reports and holds an identity that two devices use by turns', async () => {
    const at = await startGateway();
    await at.gateway.publish(publicationOf({ counter: 1, bodies: { [one]: 'a' } }));
    const first = await connectDevice(at, one, { runId: 'A' });
    await first.message('offer');
    const second = await connectDevice(at, one, { runId: 'B' }, first.pair);
    await first.message('goodbye');
    const third = await connectDevice(at, one, { runId: 'A' }, first.pair);
    expect(await third.message('goodbye')).toMatchObject({ reason: 'duplicate-identity' });
    expect(await second.message('goodbye')).toMatchObject({ reason: 'duplicate-identity' });
    await at.event('duplicate-identity', one);
    const fourth = await connectDevice(at, one, { runId: 'B' }, first.pair);
    expect((await fourth.message('goodbye')).retryAfterMs).toBeGreaterThan(0);
    expect(at.gateway.book.device(one)).toMatchObject({ state: 'refused', code: 'duplicate-identity' });
  });
});

/** More than what gRPC and the kernel hold on the way, each round another target state of 60 kB. */
const rounds = 60;
const bodiesOf = (round: number) => ({ [one]: `one ${round} ${'x'.repeat(60_000)}`, [two]: `two ${round}` });

/** Publishes round after round to a device that takes nothing; another one proves each time that the round is out. */
async function fillUp(at: TestGateway) {
  await at.gateway.publish(publicationOf({ counter: 1, bodies: bodiesOf(1) }));
  const slow = await connectDevice(at, one);
  const quick = await connectDevice(at, two);
  await Promise.all([slow.message('offer'), quick.message('offer')]);
  slow.pause();
  for (let round = 2; round <= rounds; round += 1) {
    await at.gateway.publish(publicationOf({ counter: round, bodies: bodiesOf(round) }));
    await quick.message('offer', round - 1);
  }
  return slow;
}

describe('when a device stops reading', () => {
  it('is cut off soon where its certificate is revoked', async () => {
    const at = await startGateway();
    const slow = await fillUp(at);
    at.revoked.add(certificateFingerprint(new X509Certificate(slow.pair.certificate)));
    await waitFor(() => {
      at.gateway.recheckIdentities();
      return at.events.some(({ kind, device }) => kind === 'disconnected' && device === one);
    });
    expect(slow.kinds()).not.toContain('goodbye');
  });

  it('holds up nobody, and gets the newest state when it reads again', async () => {
    const at = await startGateway();
    const slow = await fillUp(at);
    slow.resume();
    const newest = sha256(bodiesOf(rounds)[one] ?? '');
    await waitFor(() =>
      slow.messages.some((message) => message.kind === 'offer' && message.target === newest),
    );
    expect(slow.messages.length).toBeLessThan(rounds);
    expect(slow.messages.at(-1)).toMatchObject({ kind: 'offer', target: newest });
  });

  it('is cut off after a minute', async () => {
    const clock = createFakeClock(Date.now());
    const at = await startGateway({ ports: { clock } });
    const slow = await fillUp(at);
    await clock.advance(70_000);
    await at.event('disconnected', one);
    expect(at.gateway.book.device(one)).toMatchObject({ state: 'offline' });
    expect(at.gateway.book.device(two)).not.toMatchObject({ state: 'offline' });
    slow.resume();
    expect((await slow.ended)?.code).toBe(status.UNAVAILABLE);
  });
});

describe('when only the metadata is newer', () => {
  it('reaches the device in time, and not at once', async () => {
    const clock = createFakeClock(Date.now());
    const at = await startGateway({ ports: { clock, random: () => 0.5 } });
    const publication = publicationOf({
      counter: 1,
      bodies: { [one]: 'a' },
      expires: clock.now() + 4 * 3_600_000,
    });
    await at.gateway.publish(publication);
    const device = await connectDevice(at, one);
    await device.message('offer');
    const timestamp = {
      version: 2,
      bytes: Buffer.from('timestamp 2'),
      expires: clock.now() + 48 * 3_600_000,
    };
    await at.gateway.publish({ ...publication, timestamp });
    device.say({ kind: 'command-result', id: 'mark', ok: true, code: null, message: '' });
    await device.message('record-ack');
    expect(device.kinds()).toEqual(['welcome', 'offer', 'record-ack']);
    await clock.advance(2 * 3_600_000);
    expect(await device.message('refresh')).toMatchObject({
      snapshot: null,
      targets: null,
      target: sha256('a'),
    });
  });
});

describe('when the gateway stops', () => {
  it('sends every device away with another time to come back', async () => {
    const draws = [0.1, 0.9];
    const at = await startGateway({ ports: { random: () => draws.shift() ?? 0.5 } });
    const devices = [await connectDevice(at, one), await connectDevice(at, two)];
    await Promise.all(devices.map((device) => device.message('welcome')));
    const stopped = at.gateway.stop();
    const goodbyes = await Promise.all(devices.map((device) => device.message('goodbye')));
    await stopped;
    expect(goodbyes.map((goodbye) => goodbye.reason)).toEqual(['shutting-down', 'shutting-down']);
    expect(new Set(goodbyes.map((goodbye) => goodbye.retryAfterMs)).size).toBe(2);
  });

  it('ends every stream cleanly, however many there are', async () => {
    const at = await startGateway({ options: { graceMs: 10_000 } });
    const devices = await Promise.all(Array.from({ length: 40 }, (_, n) => connectDevice(at, deviceId(n))));
    await Promise.all(devices.map((device) => device.message('welcome')));
    await at.gateway.stop();
    expect(await Promise.all(devices.map((device) => device.ended))).toEqual(devices.map(() => null));
    expect(devices.filter((device) => device.kinds().at(-1) !== 'goodbye')).toEqual([]);
  });
});
