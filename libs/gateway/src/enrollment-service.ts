// SPDX-License-Identifier: Apache-2.0
import { Metadata, status, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { codeKey, decodeEnrollRequest, encodeEnrollResponse } from '@fairlead/wire';
import type { Logger } from '@fairlead/base';
import type { EnrolmentPort } from './ports.ts';
import type { RateLimit } from './rate-limit.ts';

export interface EnrollmentPorts {
  readonly enrolment: EnrolmentPort;
  readonly limit: RateLimit;
  readonly logger: Logger;
}

/** Answers Enroll. The certificate is handed out when the port has it, which is when its record stands in the log. */
export function enrollDevice(
  call: ServerUnaryCall<Buffer, Buffer>,
  answer: sendUnaryData<Buffer>,
  ports: EnrollmentPorts,
): void {
  const refuse = (grpc: status, code: string, details: string): void => {
    const metadata = new Metadata();
    metadata.set(codeKey, code);
    answer({ code: grpc, details, metadata });
  };
  if (!ports.limit.take()) {
    refuse(status.RESOURCE_EXHAUSTED, 'timed-out', 'too many devices enroll at once; try again');
    return;
  }
  const request = decodeEnrollRequest(call.request);
  if (!request.ok) {
    refuse(status.INVALID_ARGUMENT, 'invalid-input', request.error.join('; '));
    return;
  }
  ports.enrolment
    .enroll(request.value)
    .then((result) => {
      if (result.ok) answer(null, encodeEnrollResponse(result.value));
      else refuse(status.PERMISSION_DENIED, result.error.code, result.error.message);
    })
    .catch((error: unknown) => {
      ports.logger.error('enrolment failed', { reason: String(error) });
      refuse(status.INTERNAL, 'internal', 'enrolment failed');
    });
}
