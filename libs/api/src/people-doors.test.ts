// SPDX-License-Identifier: Apache-2.0
import type { FleetDeviceStatus } from '@fairlead/wire';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ask, createPairs, one, type Pairs } from './doors.fixture.ts';
import { createMetrics } from './metrics.ts';
import { createPeopleDoors } from './people-doors.ts';
import type { NotReady } from './ports.ts';
import { statusOf, testSource } from './status.fixture.ts';

let pairs: Pairs;
beforeAll(async () => {
  pairs = await createPairs();
});

async function start(notReady: () => readonly NotReady[], devices: readonly FleetDeviceStatus[] = []) {
  const metrics = createMetrics({
    status: () => testSource(devices).source,
    gateway: () => ({ connected: 1, waiting: 3, turnedAway: 4, sharedEncodings: 2 }),
    problems: () => [],
  });
  const { key, certificate: cert } = pairs.server;
  const doors = createPeopleDoors(
    { host: '127.0.0.1', port: 0, tls: { key, cert } },
    { notReady, metrics: () => metrics.collect() },
  );
  await doors.start();
  onTestFinished(() => doors.stop());
  return { doors, at: { port: doors.address().port, ca: pairs.ca } };
}

describe('when somebody looks after the server', () => {
  it('says that it lives, and why it is not ready until it is', async () => {
    let reasons: readonly NotReady[] = [{ code: 'branch-missing', message: 'no main' }];
    const { at } = await start(() => reasons);
    expect(await ask(at, '/healthz')).toMatchObject({ status: 200 });
    const before = await ask(at, '/readyz');
    expect([before.status, JSON.parse(before.text)]).toEqual([503, { ready: false, reasons }]);
    reasons = [];
    expect(await ask(at, '/readyz')).toMatchObject({ status: 200, text: '{"ready":true,"reasons":[]}' });
  });

  it('counts for Prometheus', async () => {
    const { at } = await start(() => [], [statusOf(one, { state: 'failed' })]);
    const { text, headers } = await ask(at, '/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain/);
    for (const line of [
      'fairlead_streams 1',
      'fairlead_offer_encodings_total 2',
      'fairlead_devices{state="failed"} 1',
      'process_cpu_seconds_total',
    ]) {
      expect(text).toContain(line);
    }
  });

  it("has nothing of the devices' doors", async () => {
    const { at } = await start(() => []);
    for (const path of ['/', '/v1/trust', '/targets/x', '/tuf/timestamp.json'])
      expect((await ask(at, path)).status).toBe(404);
  });

  it('takes a new certificate without a restart', async () => {
    const { doors, at } = await start(() => []);
    const next = await createPairs();
    doors.setTls({ key: next.server.key, cert: next.server.certificate });
    await expect(ask(at, '/healthz')).rejects.toThrow();
    expect(await ask({ port: at.port, ca: next.ca }, '/healthz')).toMatchObject({ status: 200 });
  });
});
