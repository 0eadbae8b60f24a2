// SPDX-License-Identifier: Apache-2.0
import { status, type ServiceError } from '@grpc/grpc-js';
import { waitFor } from '@fairlead/testing';
import { encodeHealthResponse, healthService } from '@fairlead/wire';
import { describe, expect, it } from 'vitest';
import { openClient } from './device.fixture.ts';
import { startGateway } from './gateway.fixture.ts';

/** HealthCheckRequest with this service: field 1, as length and text. */
const request = (service: string) => Buffer.from([0x0a, service.length, ...Buffer.from(service)]);

describe('when a load balancer asks for health', () => {
  it('answers for the server as a whole and for each service, and for nothing else', async () => {
    const at = await startGateway();
    const client = openClient(at, at.authority.ca, null);
    const { path, requestSerialize, responseDeserialize } = healthService.check;
    const check = (service: string) =>
      new Promise<number | string>((resolve) => {
        client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request(service),
          (error: ServiceError | null, value?: Buffer) => {
            resolve(error === null ? (value ?? Buffer.alloc(0)).toString('hex') : error.code);
          },
        );
      });
    for (const service of ['', 'fairlead.v1.AgentService', 'fairlead.v1.EnrollmentService'])
      expect(await check(service), service).toBe('0801');
    expect(await check('other')).toBe(status.NOT_FOUND);
  });

  it('tells who watches that the server goes away', async () => {
    const at = await startGateway();
    const { path, requestSerialize, responseDeserialize } = healthService.watch;
    const watch = (service: string) => {
      const states: string[] = [];
      const call = openClient(at, at.authority.ca, null)
        .makeServerStreamRequest(path, requestSerialize, responseDeserialize, request(service))
        .on('data', (state: Buffer) => states.push(state.toString('hex')))
        .on('error', () => undefined);
      const ended = new Promise<status>((resolve) => {
        call.once('status', ({ code }) => {
          resolve(code);
        });
      });
      return { states, ended };
    };
    const [whole, agents, other] = [watch(''), watch('fairlead.v1.AgentService'), watch('other')];
    await waitFor(() => [whole, agents, other].every(({ states }) => states.length === 1));
    await at.gateway.stop();
    expect(await Promise.all([whole, agents, other].map(({ ended }) => ended))).toEqual([
      status.OK,
      status.OK,
      status.OK,
    ]);
    const hex = (state: Parameters<typeof encodeHealthResponse>[0]) =>
      encodeHealthResponse(state).toString('hex');
    expect(agents.states).toEqual(whole.states);
    expect(whole.states).toEqual([hex('serving'), hex('not-serving')]);
    expect(other.states).toEqual([hex('service-unknown')]);
  });
});
