// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import { leafBytes, leafHash, verifyInclusion } from '@fairlead/trust/verify';
import { describe, expect, it } from 'vitest';
import { connectDevice } from './device.fixture.ts';
import { deviceId, publicationOf } from './fleet.fixture.ts';
import { startGateway } from './gateway.fixture.ts';

const [one, two, three] = [deviceId(1), deviceId(2), deviceId(3)];

describe('when a device connects', () => {
  it('is welcomed and offered its target state with a proof that leads to the root', async () => {
    const at = await startGateway();
    const publication = publicationOf({ counter: 5, bodies: { [one]: 'a', [two]: 'b', [three]: 'a' } });
    await at.gateway.publish(publication);
    const device = await connectDevice(at, two);
    const offer = await device.message('offer');
    expect(device.kinds()).toEqual(['welcome', 'offer']);
    expect(Buffer.from(offer.targetState ?? '').toString()).toBe('b');
    expect(offer).toMatchObject({ target: sha256('b'), index: 1, newestRoot: 1, targetFormat: 1 });
    expect(Buffer.from(offer.timestamp).toString()).toBe('timestamp 5');
    const { root } = JSON.parse(Buffer.from(offer.manifest).toString()) as { root: string };
    const leaf = leafHash(leafBytes(two, offer.target));
    expect(
      verifyInclusion({
        leaf,
        index: offer.index,
        count: 3,
        proof: offer.proof,
        root: Buffer.from(root, 'hex'),
      }),
    ).toBe(true);
  });

  it('gets a refresh with what it lacks if it holds the newest target state', async () => {
    const at = await startGateway();
    await at.gateway.publish(publicationOf({ counter: 5, bodies: { [one]: 'a' } }));
    const device = await connectDevice(at, one, {
      target: sha256('a'),
      held: { root: 1, timestamp: 4, snapshot: 5, targets: 5, counter: 5 },
    });
    const refresh = await device.message('refresh');
    expect(refresh).toMatchObject({ snapshot: null, targets: null, target: sha256('a') });
    expect(Buffer.from(refresh.timestamp ?? '').toString()).toBe('timestamp 5');
    expect(device.kinds()).toEqual(['welcome', 'refresh']);
    expect(at.events.map(({ kind }) => kind)).toContain('refreshed');
  });

  it('is told nothing older than it holds', async () => {
    const at = await startGateway();
    await at.gateway.publish(publicationOf({ counter: 5, bodies: { [one]: 'a' } }));
    const device = await connectDevice(at, one, {
      held: { root: 1, timestamp: 5, snapshot: 6, targets: 5, counter: 5 },
    });
    await at.event('device-ahead', one);
    await at.gateway.publish(publicationOf({ counter: 6, bodies: { [one]: 'b' } }));
    await device.message('offer');
    expect(device.kinds()).toEqual(['welcome', 'offer']);
  });

  it('is sent all there is under a root that it lacks, however far forward it was sent', async () => {
    const at = await startGateway();
    const far = 2 ** 31;
    await at.gateway.publish(publicationOf({ counter: 5, bodies: { [one]: 'a' } }));
    const device = await connectDevice(at, one, {
      target: sha256('a'),
      held: { root: 1, timestamp: far, snapshot: 5, targets: 5, counter: far },
    });
    await at.event('device-ahead', one);
    expect(device.kinds()).toEqual(['welcome']);
    await at.gateway.publish(publicationOf({ counter: 6, newestRoot: 2, bodies: { [one]: 'a' } }));
    const refresh = await device.message('refresh');
    expect(refresh).toMatchObject({ newestRoot: 2 });
    for (const part of [refresh.timestamp, refresh.snapshot, refresh.targets]) expect(part).not.toBeNull();
    await at.gateway.publish(publicationOf({ counter: 7, newestRoot: 2, bodies: { [one]: 'b' } }));
    await device.message('offer');
  });

  it('is told of a new root at once, also where its target state stays as it is', async () => {
    const at = await startGateway();
    await at.gateway.publish(publicationOf({ counter: 5, bodies: { [one]: 'a' } }));
    const device = await connectDevice(at, one, { target: sha256('a') });
    await device.message('refresh');
    await at.gateway.publish(publicationOf({ counter: 6, bodies: { [one]: 'a' } }));
    await at.gateway.publish(publicationOf({ counter: 7, newestRoot: 2, bodies: { [one]: 'a' } }));
    await expect.poll(() => device.kinds()).toEqual(['welcome', 'refresh', 'refresh']);
  });

  it('is not offered a format that its agent does not read', async () => {
    const at = await startGateway();
    await at.gateway.publish(publicationOf({ counter: 5, bodies: { [one]: 'a' }, format: 2 }));
    const device = await connectDevice(at, one);
    await device.message('welcome');
    await expect
      .poll(() => at.gateway.book.device(one))
      .toMatchObject({ state: 'refused', code: 'agent-too-old' });
    expect(device.kinds()).toEqual(['welcome']);
    await at.gateway.publish(publicationOf({ counter: 6, bodies: { [one]: 'a' } }));
    await device.message('offer');
    expect(at.gateway.book.device(one)).toMatchObject({ state: 'pending', code: null });
  });

  it('gets a target state over 64 KiB by digest alone', async () => {
    const at = await startGateway();
    const body = 'x'.repeat(64 * 1024 + 1);
    await at.gateway.publish(publicationOf({ counter: 1, bodies: { [one]: body } }));
    const offer = await (await connectDevice(at, one)).message('offer');
    expect(offer).toMatchObject({ targetState: null, target: sha256(body) });
  });
});

describe('when a revision is published', () => {
  it('reaches the devices whose target state changes and no others', async () => {
    const at = await startGateway();
    await at.gateway.publish(publicationOf({ counter: 1, bodies: { [one]: 'a', [two]: 'b' } }));
    const changed = await connectDevice(at, one);
    const unchanged = await connectDevice(at, two);
    await Promise.all([changed.message('offer'), unchanged.message('offer')]);
    await at.gateway.publish(publicationOf({ counter: 2, bodies: { [one]: 'c', [two]: 'b' } }));
    expect((await changed.message('offer', 1)).target).toBe(sha256('c'));
    // An answer on the same stream: whatever had been sent before it would stand before it.
    unchanged.say({ kind: 'command-result', id: 'c1', ok: true, code: null, message: '' });
    await unchanged.message('record-ack');
    expect(unchanged.kinds()).toEqual(['welcome', 'offer', 'record-ack']);
  });

  it('encodes what devices share once for each target state', async () => {
    const at = await startGateway();
    const ids = Array.from({ length: 20 }, (_, n) => deviceId(n));
    const bodies = (suffix: string) => Object.fromEntries(ids.map((id, n) => [id, `${n % 2}${suffix}`]));
    await at.gateway.publish(publicationOf({ counter: 1, bodies: bodies('') }));
    const devices = await Promise.all(ids.map((id) => connectDevice(at, id)));
    await Promise.all(devices.map((device) => device.message('offer')));
    const before = at.gateway.counts().sharedEncodings;
    await at.gateway.publish(publicationOf({ counter: 2, bodies: bodies(' new') }));
    const offers = await Promise.all(devices.map((device) => device.message('offer', 1)));
    expect(at.gateway.counts().sharedEncodings - before).toBe(2);
    expect(new Set(offers.map((offer) => Buffer.from(offer.targetState ?? '').toString()))).toEqual(
      new Set(['0 new', '1 new']),
    );
  });

  it('is offered again, with all metadata, after the device refused what it was sent', async () => {
    const at = await startGateway();
    await at.gateway.publish(publicationOf({ counter: 1, bodies: { [one]: 'a' } }));
    const device = await connectDevice(at, one);
    await device.message('offer');
    const revision = at.gateway.published()?.revision ?? null;
    device.say({
      kind: 'refusal',
      id: 'r1',
      revision,
      code: 'freeze',
      message: 'expired',
      deviceTime: Date.now(),
      trustedTime: Date.now(),
    });
    expect(await device.message('record-ack')).toEqual({ kind: 'record-ack', id: 'r1' });
    expect(at.gateway.book.device(one)).toMatchObject({ state: 'refused', code: 'freeze' });
    await at.gateway.publish({
      ...publicationOf({ counter: 1, bodies: { [one]: 'a' } }),
      timestamp: { version: 2, bytes: Buffer.from('t2'), expires: Date.now() + 1e8 },
    });
    expect(Buffer.from((await device.message('offer', 1)).timestamp).toString()).toBe('t2');
  });

  it('tells a clock that runs ahead from metadata that expired', async () => {
    const at = await startGateway();
    await at.gateway.publish(publicationOf({ counter: 1, bodies: { [one]: 'a' } }));
    const device = await connectDevice(at, one);
    await device.message('offer');
    const deviceTime = Date.now() + 86_400_000;
    device.say({
      kind: 'refusal',
      id: 'r1',
      revision: at.gateway.published()?.revision ?? null,
      code: 'freeze',
      message: 'expired',
      deviceTime,
      trustedTime: deviceTime,
    });
    await device.message('record-ack');
    expect(at.gateway.book.device(one)).toMatchObject({ state: 'refused', code: 'clock-ahead' });
  });

  it('ends the streams of devices that left the fleet', async () => {
    const at = await startGateway();
    await at.gateway.publish(publicationOf({ counter: 1, bodies: { [one]: 'a', [two]: 'b' } }));
    const device = await connectDevice(at, two);
    await device.message('offer');
    await at.gateway.publish(publicationOf({ counter: 2, bodies: { [one]: 'a' } }));
    expect(await device.message('goodbye')).toMatchObject({ reason: 'not-in-fleet' });
    expect(await device.ended).toBeNull();
  });
});
