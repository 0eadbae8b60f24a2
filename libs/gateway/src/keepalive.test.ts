// SPDX-License-Identifier: Apache-2.0
import { createSilencer } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { helloOf, openClient, openStream } from './device.fixture.ts';
import { deviceId, publicationOf } from './fleet.fixture.ts';
import { startGateway } from './gateway.fixture.ts';

const [one, two] = [deviceId(1), deviceId(2)];

describe('when a device is dead and its connection stays open', () => {
  it('is noticed by its silence, and its stream ends; others stay', async () => {
    const at = await startGateway({ options: { keepalive: { everyMs: 200, timeoutMs: 300 } } });
    await at.gateway.publish(publicationOf({ counter: 1, bodies: { [one]: 'a', [two]: 'b' } }));
    const between = await createSilencer(at.gateway.address().port);
    const open = async (id: string, address: string) => {
      const stream = openStream(openClient({ address }, at.authority.ca, await at.authority.device(id)));
      stream.say(helloOf({ runId: id }));
      await stream.message('offer');
      return stream;
    };
    await open(one, `127.0.0.1:${between.port}`);
    await open(two, at.address);
    between.fallSilent();
    await at.event('disconnected', one);
    expect(at.gateway.counts().connected).toBe(1);
    expect(at.gateway.book.device(one)?.state).toBe('offline');
    expect(at.events.filter(({ kind }) => kind === 'disconnected')).toHaveLength(1);
  });
});
