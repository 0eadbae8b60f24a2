// SPDX-License-Identifier: Apache-2.0
import { Client, Server, ServerCredentials, credentials } from '@grpc/grpc-js';
import { err, ok, sha256 } from '@fairlead/base';
import { createAuthorityKeys, openAuthority } from '@fairlead/identity/authority';
import { createCsr, createDeviceKey } from '@fairlead/identity/device';
import {
  decodeApproveResponse,
  decodeEnrolmentsPage,
  encodeApproveRequest,
  encodeEnrolmentsRequest,
  encodeRevokeRequest,
  operatorService,
  type BytesMethod,
} from '@fairlead/wire';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createOperatorService } from './operator-service.ts';
import type { EnrolmentSource } from './ports.ts';
import { noEnrolments, testSource } from './status.fixture.ts';

const fleet = sha256('root');
const device = '0b9e1c5a-0000-4000-8000-00000000000a';
const now = Date.now();
const authorityKeys = await createAuthorityKeys(now);
const authority = openAuthority(authorityKeys);

async function pairOf(issue: (key: string) => Promise<{ readonly certificate: string }>) {
  const key = createDeviceKey();
  return { key: Buffer.from(key), certificate: Buffer.from((await issue(key)).certificate) };
}
const operator = await pairOf((key) => authority.issueOperator({ key, fleet, name: 'olga', now }));
const server = await pairOf((key) => authority.issueServer({ key, fleet, names: ['localhost'], now }));
const oneOfTheDevices = await pairOf(async (key) => {
  const issued = await authority.issueDevice({ csr: createCsr(key, device), fleet, device, now });
  if (!issued.ok) throw new Error(issued.error);
  return issued.value;
});

/** The service with real mTLS; calls it as `who`. */
async function serve(source: EnrolmentSource, who = operator) {
  const ca = Buffer.from(authority.certificate);
  const grpc = new Server();
  const { definition, implementation } = createOperatorService(testSource([]).source, source, () => []);
  grpc.addService(definition, implementation);
  const pair = { private_key: server.key, cert_chain: server.certificate };
  const port = await new Promise<number>((resolve, reject) => {
    grpc.bindAsync('127.0.0.1:0', ServerCredentials.createSsl(ca, [pair], true), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  const client = new Client(
    `127.0.0.1:${String(port)}`,
    credentials.createSsl(ca, who.key, who.certificate),
    { 'grpc.ssl_target_name_override': 'localhost' },
  );
  onTestFinished(() => {
    client.close();
    grpc.forceShutdown();
  });
  return (method: BytesMethod, request: Buffer) =>
    new Promise<{ readonly bytes: Buffer } | { readonly code: unknown; readonly details: string }>(
      (resolve) => {
        const { path, requestSerialize, responseDeserialize } = method;
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, bytes) => {
          if (bytes !== undefined) resolve({ bytes });
          else resolve({ code: error?.metadata.get('fairlead-code')[0], details: error?.details ?? '' });
        });
      },
    );
}

describe('when an operator decides about a device', () => {
  it('does so under the name in the certificate', async () => {
    const asked: unknown[] = [];
    const call = await serve({
      ...noEnrolments,
      approve: async (decision) => {
        asked.push(decision);
        return ok({ key: sha256('key') });
      },
      revoke: async (decision) => {
        asked.push(decision);
        return ok({ fingerprint: sha256('certificate') });
      },
    });
    const request = encodeApproveRequest({ device: device.toUpperCase(), key: sha256('key') });
    const answer = await call(operatorService.approveEnrolment, request);
    expect('bytes' in answer && decodeApproveResponse(answer.bytes)).toEqual(ok({ key: sha256('key') }));
    await call(operatorService.revokeDevice, encodeRevokeRequest({ device }));
    expect(asked).toEqual([
      { device, key: sha256('key'), by: 'operator olga' },
      { device, by: 'operator olga' },
    ]);
  });

  it('is told our code where it cannot be', async () => {
    const call = await serve({
      ...noEnrolments,
      approve: async () => err({ code: 'request-ambiguous', message: 'two ask' }),
    });
    const request = encodeApproveRequest({ device, key: null });
    expect(await call(operatorService.approveEnrolment, request)).toEqual({
      code: 'request-ambiguous',
      details: 'two ask',
    });
    expect(await call(operatorService.revokeDevice, Buffer.from('ff', 'hex'))).toMatchObject({
      code: 'invalid-input',
    });
  });

  it('must be an operator, even where nothing else stands before the service', async () => {
    const call = await serve(noEnrolments, oneOfTheDevices);
    for (const [method, request] of [
      [operatorService.approveEnrolment, encodeApproveRequest({ device, key: null })],
      [operatorService.revokeDevice, encodeRevokeRequest({ device })],
    ] as const)
      expect(await call(method, request)).toMatchObject({ code: 'not-permitted' });
  });
});

describe('when an operator lists the enrolments', () => {
  it('gets the page behind the one before', async () => {
    const call = await serve({
      ...noEnrolments,
      page: (after) => ({
        devices: [{ device: after ?? 'first', name: '', group: '', waiting: [], certificate: null }],
        next: after === null ? 'first' : null,
      }),
    });
    const page = async (after: string | null) => {
      const answer = await call(operatorService.listEnrolments, encodeEnrolmentsRequest({ after }));
      return 'bytes' in answer && decodeEnrolmentsPage(answer.bytes);
    };
    expect(await page(null)).toMatchObject({ value: { next: 'first' } });
    expect(await page('second')).toMatchObject({ value: { devices: [{ device: 'second' }], next: null } });
  });
});
