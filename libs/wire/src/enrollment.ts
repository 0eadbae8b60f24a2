// SPDX-License-Identifier: Apache-2.0
import type { Result } from '@fairlead/base';
import { asBuffer, createFields, decodeWith } from './fields.ts';
import * as gen from './gen/fairlead/v1/enrollment.ts';
import { wireLimits as limits } from './wire-limits.ts';

export interface EnrollRequest {
  /** `id.secret.digest`; null: the device waits for somebody to approve it. */
  readonly token: string | null;
  /** Which device asks, where no token says it. */
  readonly device?: string;
  /** PKCS #10, DER. */
  readonly csr: Uint8Array;
}

/** For the key of the certificate that the connection shows. */
export interface RenewRequest {
  /** PKCS #10, DER. */
  readonly csr: Uint8Array;
}

/** Answer to Enroll and to Renew. */
export interface EnrollResponse {
  /** PEM. */
  readonly certificate: string;
  /** When to renew it, milliseconds since 1970 by the server's clock; absent: an older server, which does not renew. */
  readonly renewAt?: number | undefined;
}

export function encodeEnrollRequest({ token, device, csr }: EnrollRequest): Buffer {
  const wire = { token: token ?? '', device: device ?? '', csr: asBuffer(csr) };
  return Buffer.from(gen.EnrollRequest.encode(wire).finish());
}

export function decodeEnrollRequest(bytes: Uint8Array): Result<EnrollRequest, readonly string[]> {
  return decodeWith(
    bytes,
    limits.message,
    (data) => gen.EnrollRequest.decode(data),
    (wire) => {
      const fields = createFields();
      const token = fields.text('token', wire.token, limits.token) || null;
      const device = fields.text('device', wire.device, limits.id);
      const csr = fields.bytes('csr', wire.csr, limits.csr);
      return fields.done(device === '' ? { token, csr } : { token, device, csr });
    },
  );
}

export function encodeRenewRequest({ csr }: RenewRequest): Buffer {
  return Buffer.from(gen.RenewRequest.encode({ csr: asBuffer(csr) }).finish());
}

export function decodeRenewRequest(bytes: Uint8Array): Result<RenewRequest, readonly string[]> {
  return decodeWith(
    bytes,
    limits.message,
    (data) => gen.RenewRequest.decode(data),
    (wire) => {
      const fields = createFields();
      return fields.done({ csr: fields.bytes('csr', wire.csr, limits.csr) });
    },
  );
}

/** The answer to Renew has the same form. */
export function encodeEnrollResponse({ certificate, renewAt }: EnrollResponse): Buffer {
  return Buffer.from(gen.EnrollResponse.encode({ certificate, renewAtMs: BigInt(renewAt ?? 0) }).finish());
}

export function decodeEnrollResponse(bytes: Uint8Array): Result<EnrollResponse, readonly string[]> {
  return decodeWith(
    bytes,
    limits.message,
    (data) => gen.EnrollResponse.decode(data),
    (wire) => {
      const fields = createFields();
      const certificate = fields.text('certificate', wire.certificate, limits.pem);
      const renewAt = fields.whole('renew_at_ms', wire.renewAtMs);
      return fields.done(renewAt === 0 ? { certificate } : { certificate, renewAt });
    },
  );
}
