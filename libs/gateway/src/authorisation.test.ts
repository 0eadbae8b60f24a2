// SPDX-License-Identifier: Apache-2.0
import { status } from '@grpc/grpc-js';
import { ok, sha256 } from '@fairlead/base';
import { certificateFingerprint } from '@fairlead/identity';
import type { KeyPair } from '@fairlead/identity/authority';
import {
  agentService,
  decodeEnrollResponse,
  encodeEnrollRequest,
  enrollmentService,
  healthService,
  operatorService,
} from '@fairlead/wire';
import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { callUnary, connectDevice, openClient, openStream } from './device.fixture.ts';
import { createTestAuthority, deviceId, publicationOf } from './fleet.fixture.ts';
import { noEnrolment, startGateway, type TestGateway } from './gateway.fixture.ts';

const one = deviceId(1);

/** What the gateway says to this certificate on AgentService. */
async function agentAnswer(at: TestGateway, pair: KeyPair | null): Promise<status | undefined> {
  const device = openStream(openClient(at, at.authority.ca, pair));
  return (await device.ended)?.code;
}

describe('when a service is called', () => {
  it('lets each role call its own and nothing else', async () => {
    const implementation = {
      getStatus: (_call: unknown, answer: (error: null, value: Buffer) => void) => {
        answer(null, Buffer.alloc(0));
      },
      watchStatus: () => undefined,
    };
    const at = await startGateway({
      ports: { services: () => [{ definition: operatorService, implementation }] },
    });
    const device = await at.authority.device(one);
    const operator = await at.authority.operator('olga');
    const codes = async (pair: KeyPair | null) => ({
      operator: (await callUnary(at, pair, operatorService.getStatus)).error?.code ?? status.OK,
      enroll:
        (await callUnary(at, pair, enrollmentService.enroll)).error?.details.includes('may not call') === true
          ? 'no'
          : 'yes',
      health: (await callUnary(at, pair, healthService.check)).error?.code ?? status.OK,
    });
    expect(await codes(null)).toEqual({ operator: status.UNAUTHENTICATED, enroll: 'yes', health: status.OK });
    expect(await codes(device)).toEqual({
      operator: status.PERMISSION_DENIED,
      enroll: 'yes',
      health: status.OK,
    });
    expect(await codes(operator)).toEqual({ operator: status.OK, enroll: 'no', health: status.OK });
    expect(await agentAnswer(at, null)).toBe(status.UNAUTHENTICATED);
    expect(await agentAnswer(at, operator)).toBe(status.PERMISSION_DENIED);
  });

  it('counts a certificate of another CA or another fleet as none', async () => {
    const at = await startGateway();
    const stranger = await (await createTestAuthority()).device(one);
    expect(await agentAnswer(at, stranger)).toBe(status.UNAUTHENTICATED);
    const other = await createTestAuthority(sha256('another fleet'));
    at.gateway.setTls({ key: at.server.key, cert: at.server.certificate, ca: [at.authority.ca, other.ca] });
    expect(await agentAnswer(at, await other.device(one))).toBe(status.UNAUTHENTICATED);
  });

  it('refuses a revoked certificate, also on a stream that is open', async () => {
    const at = await startGateway();
    await at.gateway.publish(publicationOf({ counter: 1, bodies: { [one]: 'a' } }));
    const device = await connectDevice(at, one);
    await device.message('offer');
    at.revoked.add(certificateFingerprint(new X509Certificate(device.pair.certificate)));
    at.gateway.recheckIdentities();
    expect(await device.message('goodbye')).toMatchObject({ reason: 'revoked' });
    expect(await agentAnswer(at, device.pair)).toBe(status.PERMISSION_DENIED);
  });
});

describe('when a device enrolls', () => {
  it('gets its certificate once the port has it', async () => {
    let release = (): void => undefined;
    const recorded = new Promise<void>((resolve) => {
      release = resolve;
    });
    const asked: unknown[] = [];
    const at = await startGateway({
      ports: {
        enrolment: {
          ...noEnrolment,
          async enroll(request) {
            asked.push(request);
            await recorded;
            return ok({ certificate: 'PEM' });
          },
        },
      },
    });
    const answer = callUnary(
      at,
      null,
      enrollmentService.enroll,
      encodeEnrollRequest({ token: 't', csr: Buffer.from('csr') }),
    );
    await expect.poll(() => asked.length).toBe(1);
    expect(asked[0]).toMatchObject({ token: 't' });
    release();
    expect(decodeEnrollResponse((await answer).value ?? Buffer.alloc(0))).toEqual(ok({ certificate: 'PEM' }));
  });

  it('is told our code when it is refused', async () => {
    const at = await startGateway();
    const { error } = await callUnary(
      at,
      null,
      enrollmentService.enroll,
      encodeEnrollRequest({ token: 't', csr: Buffer.alloc(0) }),
    );
    expect(error?.metadata.get('fairlead-code')).toEqual(['token-invalid']);
    expect(error?.details).toBe('no tokens in this test');
  });

  it('waits its turn when too many come at once', async () => {
    const at = await startGateway({ options: { enrollBurst: 1, enrollPerSecond: 0.001 } });
    const request = encodeEnrollRequest({ token: 't', csr: Buffer.alloc(0) });
    await callUnary(at, null, enrollmentService.enroll, request);
    const { error } = await callUnary(at, null, enrollmentService.enroll, request);
    expect(error?.code).toBe(status.RESOURCE_EXHAUSTED);
  });
});

describe('when the server certificate and the CAs change', () => {
  it('uses them for new connections and keeps the open ones', async () => {
    const at = await startGateway();
    await at.gateway.publish(publicationOf({ counter: 1, bodies: { [one]: 'a' } }));
    const old = await connectDevice(at, one);
    await old.message('offer');
    const next = await createTestAuthority();
    const server = await next.server();
    at.gateway.setTls({ key: server.key, cert: server.certificate, ca: [next.ca] });
    const device = openStream(openClient(at, next.ca, await next.device(one)));
    expect(agentService.connect.path).toBe('/fairlead.v1.AgentService/Connect');
    await at.gateway.publish(publicationOf({ counter: 2, bodies: { [one]: 'b' } }));
    expect((await old.message('offer', 1)).target).toBe(sha256('b'));
    device.hangUp();
    expect((await device.ended)?.code).toBe(status.CANCELLED);
  });

  it('ends the open ones where a CA counts no more', async () => {
    const at = await startGateway();
    const old = await connectDevice(at, one);
    await old.message('welcome');
    const next = await createTestAuthority();
    at.gateway.setTls({ key: at.server.key, cert: at.server.certificate, ca: [next.ca] });
    at.gateway.judgeAnew();
    expect(await old.message('goodbye')).toMatchObject({ reason: 'unavailable' });
    expect((await connectDevice(at, one).then((device) => device.ended))?.code).toBe(status.UNAUTHENTICATED);
  });
});
