// SPDX-License-Identifier: Apache-2.0
import {
  Metadata,
  status,
  type handleUnaryCall,
  type sendUnaryData,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import type { Code, Result } from '@fairlead/base';
import { certificateIdentity } from '@fairlead/identity';
import {
  codeKey,
  decodeApproveRequest,
  decodeEnrolmentsRequest,
  decodeRevokeRequest,
  encodeApproveResponse,
  encodeEnrolmentsPage,
  encodeRevokeResponse,
} from '@fairlead/wire';
import { X509Certificate } from 'node:crypto';
import type { EnrolmentSource } from './ports.ts';

type Unary = handleUnaryCall<Buffer, Buffer>;
type Call = ServerUnaryCall<Buffer, Buffer>;

interface EnrolmentHandlers {
  readonly listEnrolments: Unary;
  readonly approveEnrolment: Unary;
  readonly revokeDevice: Unary;
}

/** What OperatorService does about identities. What is decided is recorded under the name in the caller's certificate. */
export function createEnrolmentHandlers(source: EnrolmentSource): EnrolmentHandlers {
  return {
    listEnrolments(call, answer) {
      const request = decodeEnrolmentsRequest(call.request);
      if (!request.ok) refuse(answer, status.INVALID_ARGUMENT, 'invalid-input', request.error.join('; '));
      else answer(null, encodeEnrolmentsPage(source.page(request.value.after)));
    },
    approveEnrolment: decide(
      (bytes) => decodeApproveRequest(bytes),
      ({ device, key }, by) => source.approve({ device: device.toLowerCase(), key, by }),
      encodeApproveResponse,
    ),
    revokeDevice: decide(
      (bytes) => decodeRevokeRequest(bytes),
      ({ device }, by) => source.revoke({ device: device.toLowerCase(), by }),
      encodeRevokeResponse,
    ),
  };
}

function decide<Request, Answer>(
  decode: (bytes: Uint8Array) => Result<Request, readonly string[]>,
  act: (
    request: Request,
    by: string,
  ) => Promise<Result<Answer, { readonly code: Code; readonly message: string }>>,
  encode: (answer: Answer) => Buffer,
): Unary {
  return (call, answer) => {
    const by = operatorOf(call);
    const request = decode(call.request);
    if (by === undefined) refuse(answer, status.PERMISSION_DENIED, 'not-permitted', 'only operators decide');
    else if (!request.ok) refuse(answer, status.INVALID_ARGUMENT, 'invalid-input', request.error.join('; '));
    else
      act(request.value, by)
        .then((done) => {
          if (done.ok) answer(null, encode(done.value));
          else refuse(answer, status.FAILED_PRECONDITION, done.error.code, done.error.message);
        })
        .catch((thrown: unknown) => {
          refuse(answer, status.INTERNAL, 'internal', String(thrown));
        });
  };
}

/** Who asks, as records name it. */
function operatorOf(call: Call): string | undefined {
  const der = call.getAuthContext().sslPeerCertificate?.raw;
  if (der === undefined) return undefined;
  const identity = certificateIdentity(new X509Certificate(der));
  return identity.ok && identity.value.kind === 'operator' ? `operator ${identity.value.name}` : undefined;
}

function refuse(answer: sendUnaryData<Buffer>, grpc: status, code: Code, details: string): void {
  const metadata = new Metadata();
  metadata.set(codeKey, code);
  answer({ code: grpc, details, metadata });
}
