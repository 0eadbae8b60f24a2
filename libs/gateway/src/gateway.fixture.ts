// SPDX-License-Identifier: Apache-2.0
import { err, ok, silentLogger } from '@fairlead/base';
import { systemClock, waitFor } from '@fairlead/testing';
import { onTestFinished } from 'vitest';
import { createTestAuthority, fleetId, type TestAuthority } from './fleet.fixture.ts';
import { createGateway, type GatewayOptions, type GatewayPorts } from './gateway.ts';
import type { EnrolmentPort, GatewayEvent, ReceivedReceipt } from './ports.ts';

export interface TestGatewayOptions {
  readonly options?: Partial<GatewayOptions>;
  readonly ports?: Partial<GatewayPorts>;
}

/** Lets nobody in. */
export const noEnrolment: EnrolmentPort = {
  enroll: async () => err({ code: 'token-invalid', message: 'no tokens in this test' }),
  ask: async () =>
    err({ code: 'enrolment-pending', message: 'nobody approves in this test', retryAfterMs: 7 }),
  renew: async () => err({ code: 'not-in-fleet', message: 'nobody renews in this test' }),
};

/** A whole gateway on a free port of 127.0.0.1, with real certificates; ends with the test. */
export async function startGateway({ options, ports }: TestGatewayOptions = {}) {
  const authority: TestAuthority = await createTestAuthority();
  const server = await authority.server();
  const events: GatewayEvent[] = [];
  const revoked = new Set<string>();
  const received: ReceivedReceipt[] = [];
  const gateway = createGateway(
    {
      host: '127.0.0.1',
      port: 0,
      tls: { key: server.key, cert: server.certificate, ca: [authority.ca] },
      graceMs: 1_000,
      ...options,
    },
    {
      clock: systemClock,
      random: Math.random,
      logger: silentLogger,
      identities: {
        fleet: fleetId,
        isRevoked: (fingerprint) => revoked.has(fingerprint),
        renewedUntil: () => undefined,
      },
      receipts: {
        position: () => null,
        async store(receipt) {
          received.push(receipt);
          return ok();
        },
      },
      enrolment: noEnrolment,
      seenBefore: () => null,
      services: () => [],
      onHttp1: (socket) => {
        socket.destroy();
      },
      onEvent: (event) => {
        events.push(event);
      },
      ...ports,
    },
  );
  const stop = new AbortController();
  await gateway.start(stop.signal);
  onTestFinished(async () => {
    await gateway.stop();
    stop.abort();
  });
  return {
    gateway,
    authority,
    server,
    events,
    revoked,
    received,
    address: `127.0.0.1:${gateway.address().port}`,
    event: (kind: GatewayEvent['kind'], device?: string) =>
      waitFor(
        () =>
          events.find((event) => event.kind === kind && (device === undefined || event.device === device)),
        { what: `event ${kind}` },
      ),
  };
}

export type TestGateway = Awaited<ReturnType<typeof startGateway>>;
