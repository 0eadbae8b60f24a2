// SPDX-License-Identifier: Apache-2.0
import type { Result } from '@fairlead/base';
import { asBuffer, createFields, decodeWith } from './fields.ts';
import * as gen from './gen/fairlead/v1/enrollment.ts';
import { wireLimits as limits } from './wire-limits.ts';

export interface EnrollRequest {
  /** `id.secret.digest` */
  readonly token: string;
  /** PKCS #10, DER. */
  readonly csr: Uint8Array;
}

export interface EnrollResponse {
  /** PEM. */
  readonly certificate: string;
}

export function encodeEnrollRequest(request: EnrollRequest): Buffer {
  return Buffer.from(gen.EnrollRequest.encode({ token: request.token, csr: asBuffer(request.csr) }).finish());
}

export function decodeEnrollRequest(bytes: Uint8Array): Result<EnrollRequest, readonly string[]> {
  return decodeWith(
    bytes,
    limits.message,
    (data) => gen.EnrollRequest.decode(data),
    (wire) => {
      const fields = createFields();
      return fields.done({
        token: fields.text('token', wire.token, limits.token),
        csr: fields.bytes('csr', wire.csr, limits.csr),
      });
    },
  );
}

export function encodeEnrollResponse(response: EnrollResponse): Buffer {
  return Buffer.from(gen.EnrollResponse.encode(response).finish());
}

export function decodeEnrollResponse(bytes: Uint8Array): Result<EnrollResponse, readonly string[]> {
  return decodeWith(
    bytes,
    limits.message,
    (data) => gen.EnrollResponse.decode(data),
    (wire) => {
      const fields = createFields();
      return fields.done({ certificate: fields.text('certificate', wire.certificate, limits.pem) });
    },
  );
}
