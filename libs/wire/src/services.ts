// SPDX-License-Identifier: Apache-2.0
import type { MethodDefinition } from '@grpc/grpc-js';
import { AgentServiceService } from './gen/fairlead/v1/agent.ts';
import { EnrollmentServiceService } from './gen/fairlead/v1/enrollment.ts';
import { OperatorServiceService } from './gen/fairlead/v1/operator.ts';
import { HealthService } from './gen/grpc/health/v1/health.ts';

/**
 * The services as gRPC sees them: it carries bytes, and the mapping of this library makes messages of them. So what many devices get
 * alike is written as the same bytes, and what cannot be read is a refusal of ours, never a broken call.
 */
export type BytesMethod = MethodDefinition<Buffer, Buffer>;

interface Method {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

/** Name of the trailing metadata that carries our code for a failed call; its details are for people. */
export const codeKey = 'fairlead-code';

/** Name of the trailing metadata that says when to ask again, in milliseconds, where the server says so. */
export const retryAfterKey = 'fairlead-retry-after-ms';

const same = (bytes: Buffer): Buffer => bytes;

function ofBytes({ path, requestStream, responseStream }: Method): BytesMethod {
  return {
    path,
    requestStream,
    responseStream,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
}

export const agentService = { connect: ofBytes(AgentServiceService.connect) } as const;

export const enrollmentService = {
  enroll: ofBytes(EnrollmentServiceService.enroll),
  renew: ofBytes(EnrollmentServiceService.renew),
} as const;

export const operatorService = {
  getStatus: ofBytes(OperatorServiceService.getStatus),
  watchStatus: ofBytes(OperatorServiceService.watchStatus),
  listEnrolments: ofBytes(OperatorServiceService.listEnrolments),
  approveEnrolment: ofBytes(OperatorServiceService.approveEnrolment),
  revokeDevice: ofBytes(OperatorServiceService.revokeDevice),
} as const;

/** gRPC's own, for load balancers and probes. */
export const healthService = {
  check: ofBytes(HealthService.check),
  watch: ofBytes(HealthService.watch),
} as const;
