// SPDX-License-Identifier: Apache-2.0
import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { newDevice, talker } from './agent-program.fixture.ts';

/** Debian's libfaketime: the whole process, libraries included, sees another clock. */
const [library] = globSync('/usr/lib/*/faketime/libfaketime.so.1');

describe.skipIf(library === undefined)('when a device has no clock (needs the package libfaketime)', () => {
  it('joins at 1970, applies what is offered by the signed time, and says that its clock is behind', async () => {
    const device = await newDevice();
    const env = {
      LD_PRELOAD: library ?? '',
      FAKETIME: '@1970-01-01 00:00:10',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    const agent = device.start(env);
    await agent.ready();
    const stream = await device.server.stream();
    expect(stream.hello.deviceTime).toBeLessThan(86_400_000);
    stream.send(talker(device.fleet, 1, 'hello').offer());
    const { envelope } = await stream.message('receipt');
    const { payload } = JSON.parse(Buffer.from(envelope).toString('utf8')) as { payload: string };
    const { predicate } = JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as {
      predicate: Record<string, unknown>;
    };
    expect(predicate).toMatchObject({ result: 'applied', remarks: ['clock-behind'] });
    expect(predicate['deviceTime']).toMatch(/^1970-01-01/);
    // Whole seconds: so the signed time is written.
    expect(Date.parse(String(predicate['trustedTime']))).toBeGreaterThanOrEqual(device.fleet.now - 1_000);
  });
});
