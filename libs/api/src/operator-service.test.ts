// SPDX-License-Identifier: Apache-2.0
import { Client, Server, ServerCredentials, credentials } from '@grpc/grpc-js';
import { sha256 } from '@fairlead/base';
import { waitFor } from '@fairlead/testing';
import {
  decodeStatusPage,
  decodeStatusPart,
  encodeStatusRequest,
  encodeWatchRequest,
  operatorService,
  wireLimits,
  type StatusPage,
  type StatusPart,
} from '@fairlead/wire';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createOperatorService } from './operator-service.ts';
import type { StatusSource } from './ports.ts';
import { noEnrolments, statusOf, testSource } from './status.fixture.ts';
import { watchStatus } from './watch-status.ts';

const ids = Array.from(
  { length: 2 * wireLimits.devicesPerPart + 5 },
  (_, n) => `device-${String(n).padStart(4, '0')}`,
);

const problem = {
  area: 'log',
  code: 'log-unwritable',
  message: 'm'.repeat(2 * wireLimits.text),
  hint: 'Check permissions.',
};

/** The service alone on a loopback port; who may call it is the gateway's matter. */
async function serve(source: StatusSource): Promise<Client> {
  const server = new Server();
  const { definition, implementation } = createOperatorService(source, noEnrolments, () => [problem]);
  server.addService(definition, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => {
    client.close();
    server.forceShutdown();
  });
  return client;
}

function getPage(client: Client, after: string | null): Promise<StatusPage> {
  const { path, requestSerialize, responseDeserialize } = operatorService.getStatus;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      encodeStatusRequest({ after }),
      (error, bytes) => {
        const page = decodeStatusPage(bytes ?? Buffer.alloc(0));
        if (error === null && page.ok) resolve(page.value);
        else reject(error ?? new Error('not a page'));
      },
    );
  });
}

describe('when an operator asks for the status', () => {
  it('gets every device once, page by page', async () => {
    const client = await serve(testSource(ids.map((id) => statusOf(id))).source);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: StatusPage = await getPage(client, after);
      expect(page.head).toEqual({ revision: sha256('head'), commit: 'c'.repeat(40) });
      expect(page.problems).toEqual([{ ...problem, message: 'm'.repeat(wireLimits.text) }]);
      seen.push(...page.devices.map((device) => device.id));
      after = page.next;
    } while (after !== null);
    expect(seen).toEqual(ids);
  });

  it('goes on behind a device that left meanwhile', async () => {
    const client = await serve(testSource([statusOf('a'), statusOf('c')]).source);
    expect((await getPage(client, 'b')).devices.map((device) => device.id)).toEqual(['c']);
    expect(await getPage(client, 'z')).toMatchObject({ devices: [], next: null });
  });
});

describe('when an operator watches', () => {
  it('gets the whole fleet, then every change, until the end', async () => {
    const fleet = testSource(ids.map((id) => statusOf(id)));
    const client = await serve(fleet.source);
    const { path, requestSerialize, responseDeserialize } = operatorService.watchStatus;
    const call = client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      encodeWatchRequest(),
    );
    const parts: StatusPart[] = [];
    call.on('error', () => undefined);
    call.on('data', (bytes: Buffer) => {
      const part = decodeStatusPart(bytes);
      if (part.ok) parts.push(part.value);
    });
    await waitFor(() => parts.some((part) => part.complete));
    expect(parts.flatMap((part) => part.devices.map((device) => device.id))).toEqual(ids);
    expect(parts.map((part) => part.complete)).toEqual([false, false, true]);
    fleet.set(statusOf('device-0003', { state: 'failed', code: 'health-failed' }));
    await waitFor(() => parts.length === 4);
    expect(parts[3]?.devices).toEqual([statusOf('device-0003', { state: 'failed', code: 'health-failed' })]);
    call.cancel();
    await waitFor(() => fleet.listeners.size === 0);
  });

  it('costs a slow reader nothing but the newest of each device', () => {
    const fleet = testSource([statusOf('a'), statusOf('b')]);
    const sent: StatusPart[] = [];
    const takes: (() => void)[] = [];
    const stop = watchStatus(fleet.source, (part, done) => {
      sent.push(part);
      takes.push(done);
    });
    for (let since = 1; since <= 50; since += 1) fleet.set(statusOf('a', { since }));
    expect(sent).toHaveLength(1);
    takes.shift()?.();
    expect(sent[1]?.devices).toEqual([statusOf('a', { since: 50 })]);
    takes.shift()?.();
    fleet.changeAll();
    expect(sent[2]?.devices.map((device) => device.id)).toEqual(['a', 'b']);
    stop();
    takes.shift()?.();
    fleet.changeAll();
    expect(sent).toHaveLength(3);
  });
});
