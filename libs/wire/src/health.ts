// SPDX-License-Identifier: Apache-2.0
import type { Result } from '@fairlead/base';
import { createFields, decodeWith } from './fields.ts';
import * as gen from './gen/grpc/health/v1/health.ts';
import { wireLimits as limits } from './wire-limits.ts';

/** gRPC health checking protocol, `ServingStatus`; `service-unknown` only where a service is watched. */
export type ServingStatus = 'serving' | 'not-serving' | 'service-unknown';

const numbers = {
  serving: gen.HealthCheckResponse_ServingStatus.SERVING,
  'not-serving': gen.HealthCheckResponse_ServingStatus.NOT_SERVING,
  'service-unknown': gen.HealthCheckResponse_ServingStatus.SERVICE_UNKNOWN,
} as const;

/** The name of the service that is asked about; empty: the server as a whole. */
export function decodeHealthRequest(
  bytes: Uint8Array,
): Result<{ readonly service: string }, readonly string[]> {
  return decodeWith(
    bytes,
    limits.message,
    (data) => gen.HealthCheckRequest.decode(data),
    ({ service }) => createFields().done({ service }),
  );
}

export function encodeHealthResponse(status: ServingStatus): Buffer {
  return Buffer.from(gen.HealthCheckResponse.encode({ status: numbers[status] }).finish());
}
