// SPDX-License-Identifier: Apache-2.0
import { Metadata, status, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import {
  codeKey,
  decodeEnrollRequest,
  decodeRenewRequest,
  encodeEnrollResponse,
  retryAfterKey,
  type EnrollResponse,
} from '@fairlead/wire';
import type { Code, Logger, Result } from '@fairlead/base';
import type { Callers } from './callers.ts';
import type { EnrolmentPort, Failure } from './ports.ts';
import type { RateLimit } from './rate-limit.ts';
import type { TurnAway } from './turn-away.ts';

export interface EnrollmentPorts {
  readonly enrolment: EnrolmentPort;
  readonly callers: Callers;
  /** For those who show a token or a certificate. */
  readonly limit: RateLimit;
  /** For those who show nothing: they must not keep the others out. */
  readonly strangers: RateLimit;
  readonly turnAway: TurnAway;
  readonly random: () => number;
  readonly logger: Logger;
}

type Call = ServerUnaryCall<Buffer, Buffer>;
type Answer = Promise<Result<EnrollResponse, Failure>>;

/** Calls that found no room come back within this time, in milliseconds, each at another moment. */
const crowdedMs = 30_000;

/** Answers Enroll. The certificate is handed out when the port has it, which is when its record stands in the log. */
export function enrollDevice(call: Call, answer: sendUnaryData<Buffer>, ports: EnrollmentPorts): void {
  const { enrolment } = ports;
  const request = decodeEnrollRequest(call.request);
  if (!request.ok) {
    refuse(answer, status.INVALID_ARGUMENT, 'invalid-input', request.error.join('; '));
    return;
  }
  const { token, device = '', csr } = request.value;
  if (token !== null) serve(answer, ports, ports.limit, '', () => enrolment.enroll({ token, csr }));
  else {
    const address = call.getPeer();
    serve(answer, ports, ports.strangers, device, () => enrolment.ask({ device, csr, address }));
  }
}

/** Answers Renew, to whoever the connection's certificate names; authorisation has looked at it. */
export function renewDevice(call: Call, answer: sendUnaryData<Buffer>, ports: EnrollmentPorts): void {
  const peer = ports.callers.of(call);
  const certificate = ports.callers.certificateOf(call);
  const isDevice = peer.kind === 'device' || peer.kind === 'expired';
  if (!isDevice || certificate === undefined) {
    // Revoked between the interceptor and here.
    refuse(answer, status.PERMISSION_DENIED, 'certificate-revoked', 'the certificate does not count');
    return;
  }
  const request = decodeRenewRequest(call.request);
  if (!request.ok) {
    refuse(answer, status.INVALID_ARGUMENT, 'invalid-input', request.error.join('; '));
    return;
  }
  const { csr } = request.value;
  serve(answer, ports, ports.limit, peer.id, () =>
    ports.enrolment.renew({ device: peer.id, certificate, csr }),
  );
}

/** `device`: whom to send away for longer where it is not listed; empty: nobody. */
function serve(
  answer: sendUnaryData<Buffer>,
  { turnAway, random, logger }: EnrollmentPorts,
  limit: RateLimit,
  device: string,
  ask: () => Answer,
): void {
  if (!limit.take()) {
    const after = limit.wait() + random() * crowdedMs;
    refuse(answer, status.RESOURCE_EXHAUSTED, 'timed-out', 'too many devices ask at once; try again', after);
    return;
  }
  ask()
    .then((result) => {
      if (result.ok) {
        answer(null, encodeEnrollResponse(result.value));
        return;
      }
      const { code, message, retryAfterMs } = result.error;
      const after = code === 'not-in-fleet' ? turnAway.next(device) : retryAfterMs;
      refuse(answer, status.PERMISSION_DENIED, code, message, after);
    })
    .catch((error: unknown) => {
      logger.error('enrolment failed', { reason: String(error) });
      refuse(answer, status.INTERNAL, 'internal', 'enrolment failed');
    });
}

function refuse(
  answer: sendUnaryData<Buffer>,
  grpc: status,
  code: Code,
  details: string,
  retryAfterMs?: number,
): void {
  const metadata = new Metadata();
  metadata.set(codeKey, code);
  if (retryAfterMs !== undefined) metadata.set(retryAfterKey, String(Math.ceil(retryAfterMs)));
  answer({ code: grpc, details, metadata });
}
