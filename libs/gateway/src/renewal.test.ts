// SPDX-License-Identifier: Apache-2.0
import { status } from '@grpc/grpc-js';
import { createClock, ok, sha256 } from '@fairlead/base';
import { certificateFingerprint } from '@fairlead/identity';
import type { KeyPair } from '@fairlead/identity/authority';
import { systemClock } from '@fairlead/testing';
import {
  agentService,
  decodeEnrollResponse,
  encodeEnrollRequest,
  encodeRenewRequest,
  enrollmentService,
  healthService,
  type BytesMethod,
} from '@fairlead/wire';
import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { callUnary, connectDevice, openClient, openStream } from './device.fixture.ts';
import { createTestAuthority, deviceId, fleetId, publicationOf } from './fleet.fixture.ts';
import { noEnrolment, startGateway, type TestGateway } from './gateway.fixture.ts';
import type { EnrolmentPort } from './ports.ts';

const one = deviceId(1);
const day = 86_400_000;
const longAgo = Date.now() - 91 * day;

/** Grants every renewal, and remembers for whom. */
function generous(): EnrolmentPort & { readonly renewed: string[] } {
  const renewed: string[] = [];
  return {
    ...noEnrolment,
    renewed,
    async renew({ device }) {
      renewed.push(device);
      return ok({ certificate: 'PEM', renewAt: 5 });
    },
  };
}

async function codeOf(at: TestGateway, pair: KeyPair, method: BytesMethod): Promise<string> {
  const { error } = await callUnary(at, pair, method, encodeRenewRequest({ csr: Buffer.from('csr') }));
  return error === null ? 'OK' : String(error.metadata.get('fairlead-code')[0]);
}

describe('when a certificate has ended', () => {
  it('lets its device ask for the next one, and do nothing else', async () => {
    const enrolment = generous();
    const at = await startGateway({ ports: { enrolment } });
    const ended = await at.authority.device(one, longAgo);

    const answer = await callUnary(
      at,
      ended,
      enrollmentService.renew,
      encodeRenewRequest({ csr: Buffer.from('csr') }),
    );

    expect(decodeEnrollResponse(answer.value ?? Buffer.alloc(0))).toEqual(
      ok({ certificate: 'PEM', renewAt: 5 }),
    );
    expect(enrolment.renewed).toEqual([one]);
    for (const method of [enrollmentService.enroll, healthService.check])
      expect(await codeOf(at, ended, method)).toBe('certificate-expired');
    const stream = openStream(openClient(at, at.authority.ca, ended));
    expect((await stream.ended)?.metadata.get('fairlead-code')).toEqual(['certificate-expired']);
  });

  it('gets nothing where another CA issued it, under the same name, ended or not', async () => {
    const enrolment = generous();
    const at = await startGateway({ ports: { enrolment } });
    const stranger = await createTestAuthority();
    for (const issued of [longAgo, Date.now()]) {
      const pair = await stranger.device(one, issued);
      expect(await codeOf(at, pair, enrollmentService.renew)).toBe('not-permitted');
      expect((await openStream(openClient(at, at.authority.ca, pair)).ended)?.code).toBe(
        status.UNAUTHENTICATED,
      );
    }
    expect(enrolment.renewed).toEqual([]);
  });

  it('gets nothing where it is of another fleet under the same CA', async () => {
    const enrolment = generous();
    const at = await startGateway({ ports: { enrolment } });
    const other = await createTestAuthority(sha256('another fleet'));
    at.gateway.setTls({ key: at.server.key, cert: at.server.certificate, ca: [at.authority.ca, other.ca] });
    expect(await codeOf(at, await other.device(one, longAgo), enrollmentService.renew)).toBe('not-permitted');
    expect(enrolment.renewed).toEqual([]);
  });

  it('gets nothing where it is revoked', async () => {
    const enrolment = generous();
    const at = await startGateway({ ports: { enrolment } });
    const ended = await at.authority.device(one, longAgo);
    at.revoked.add(certificateFingerprint(new X509Certificate(ended.certificate)));
    expect(await codeOf(at, ended, enrollmentService.renew)).toBe('certificate-revoked');
    expect(enrolment.renewed).toEqual([]);
  });

  it('lets neither operators nor strangers ask for a renewal', async () => {
    const enrolment = generous();
    const at = await startGateway({ ports: { enrolment } });
    expect(await codeOf(at, await at.authority.operator('olga'), enrollmentService.renew)).toBe(
      'not-permitted',
    );
    const { error } = await callUnary(at, null, enrollmentService.renew);
    expect(error?.metadata.get('fairlead-code')).toEqual(['not-permitted']);
    expect(enrolment.renewed).toEqual([]);
  });
});

describe('when a certificate ends while its stream is open', () => {
  /** A gateway whose clock can be set forward; sleeps take as long as ever. */
  async function startAt(renewedUntil: () => number | undefined) {
    let ahead = 0;
    const clock = createClock({
      now: () => Math.floor(Date.now() + ahead),
      monotonic: () => systemClock.monotonic(),
      schedule: (callback, ms) => {
        const timer = setTimeout(callback, ms);
        return () => {
          clearTimeout(timer);
        };
      },
    });
    const revoked = new Set<string>();
    const at = await startGateway({
      ports: {
        clock,
        enrolment: generous(),
        identities: { fleet: fleetId, isRevoked: (print) => revoked.has(print), renewedUntil },
      },
    });
    await at.gateway.publish(publicationOf({ counter: 1, bodies: { [one]: 'a' } }));
    const device = await connectDevice(at, one);
    await device.message('offer');
    return {
      at,
      device,
      forward(ms: number) {
        ahead += ms;
        at.gateway.recheckIdentities();
      },
    };
  }

  it('ends the stream where it was not renewed', async () => {
    const { device, at, forward } = await startAt(() => undefined);
    forward(91 * day);
    expect(await device.message('goodbye')).toMatchObject({ reason: 'certificate-expired', retryAfterMs: 0 });
    // The connection was verified when it began; what is asked on it now is judged by today.
    expect(await codeOf(at, device.pair, agentService.connect)).toBe('certificate-expired');
  });

  it('goes on with the stream for as long as the newest certificate', async () => {
    const { at, device, forward } = await startAt(() => Date.now() + 180 * day);
    forward(91 * day);
    await at.gateway.publish(publicationOf({ counter: 2, bodies: { [one]: 'b' } }));
    expect((await device.message('offer', 1)).target).toBe(sha256('b'));
    expect(device.kinds()).not.toContain('goodbye');
    forward(90 * day);
    expect(await device.message('goodbye')).toMatchObject({ reason: 'certificate-expired' });
  });
});

describe('when a device asks without a token', () => {
  it('is heard by the port with where it came from, and told when to ask again', async () => {
    const asked: unknown[] = [];
    const at = await startGateway({
      ports: {
        enrolment: {
          ...noEnrolment,
          ask(request) {
            asked.push(request);
            return noEnrolment.ask(request);
          },
        },
      },
    });
    const request = encodeEnrollRequest({ token: null, device: one, csr: Buffer.from('csr') });
    const { error } = await callUnary(at, null, enrollmentService.enroll, request);
    expect(error?.metadata.get('fairlead-code')).toEqual(['enrolment-pending']);
    expect(error?.metadata.get('fairlead-retry-after-ms')).toEqual(['7']);
    expect(asked).toEqual([
      { device: one, csr: Buffer.from('csr'), address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
    ]);
  });

  it('does not keep those out who have one', async () => {
    const at = await startGateway({ options: { askBurst: 1, askPerSecond: 0.001 } });
    const ask = encodeEnrollRequest({ token: null, device: one, csr: Buffer.alloc(0) });
    await callUnary(at, null, enrollmentService.enroll, ask);
    const crowded = await callUnary(at, null, enrollmentService.enroll, ask);
    expect(crowded.error?.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(Number(crowded.error?.metadata.get('fairlead-retry-after-ms')[0])).toBeGreaterThan(0);
    const enroll = encodeEnrollRequest({ token: 't', csr: Buffer.alloc(0) });
    expect((await callUnary(at, null, enrollmentService.enroll, enroll)).error?.code).not.toBe(
      status.RESOURCE_EXHAUSTED,
    );
  });
});
