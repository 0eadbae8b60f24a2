// SPDX-License-Identifier: Apache-2.0
import type { Digest, Result } from '@fairlead/base';
import { createFields, decodeWith, digestBytes, type Fields } from './fields.ts';
import * as gen from './gen/fairlead/v1/operator.ts';
import { wireLimits as limits } from './wire-limits.ts';

/** A key that asks to be a device. */
export interface WaitingKey {
  /** SHA-256 of its SubjectPublicKeyInfo (DER). */
  readonly key: Digest;
  /** Where the last request came from. */
  readonly address: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** The newest certificate of a device. Times are milliseconds since 1970. */
export interface IssuedEnrolment {
  readonly fingerprint: Digest;
  readonly key: Digest;
  readonly issued: number;
  readonly expires: number;
  readonly approvedBy: string;
  /** Null: it counts. */
  readonly revoked: { readonly at: number; readonly by: string } | null;
}

/** A device that waits to be taken in, has a certificate, or both. */
export interface DeviceEnrolment {
  readonly device: string;
  /** Empty: devices.json names none, or does not list the device. */
  readonly name: string;
  readonly group: string;
  readonly waiting: readonly WaitingKey[];
  readonly certificate: IssuedEnrolment | null;
}

export interface EnrolmentsPage {
  readonly devices: readonly DeviceEnrolment[];
  /** Null: the last page. */
  readonly next: string | null;
}

/** `key` null: the only one that waits. */
export interface ApproveRequest {
  readonly device: string;
  readonly key: Digest | null;
}

export function encodeEnrolmentsRequest(request: { readonly after: string | null }): Buffer {
  return Buffer.from(gen.ListEnrolmentsRequest.encode({ pageToken: request.after ?? '' }).finish());
}

export function decodeEnrolmentsRequest(
  bytes: Uint8Array,
): Result<{ readonly after: string | null }, readonly string[]> {
  return decodeWith(
    bytes,
    limits.message,
    (data) => gen.ListEnrolmentsRequest.decode(data),
    (wire) => {
      const fields = createFields();
      return fields.done({ after: fields.text('page_token', wire.pageToken, limits.name) || null });
    },
  );
}

export function encodeEnrolmentsPage(page: EnrolmentsPage): Buffer {
  const devices = page.devices.map(({ certificate, waiting, ...device }) => ({
    ...device,
    waiting: waiting.map(({ key, address, since }) => ({
      key: digestBytes(key),
      address,
      sinceMs: BigInt(since),
    })),
    certificate: certificate === null ? undefined : writeCertificate(certificate),
  }));
  return Buffer.from(gen.ListEnrolmentsResponse.encode({ devices, nextPageToken: page.next ?? '' }).finish());
}

export function decodeEnrolmentsPage(bytes: Uint8Array): Result<EnrolmentsPage, readonly string[]> {
  return decodeWith(
    bytes,
    limits.message,
    (data) => gen.ListEnrolmentsResponse.decode(data),
    (wire) => {
      const fields = createFields();
      return fields.done({
        devices: fields.list('devices', wire.devices, limits.devicesPerPart, (device, path) => ({
          device: fields.text(`${path}.device`, device.device, limits.id),
          name: fields.text(`${path}.name`, device.name, limits.name),
          group: fields.text(`${path}.group`, device.group, limits.name),
          waiting: fields.list(`${path}.waiting`, device.waiting, limits.keysPerDevice, (waiting, at) => ({
            key: fields.digest(`${at}.key`, waiting.key),
            address: fields.text(`${at}.address`, waiting.address, limits.name),
            since: fields.whole(`${at}.since_ms`, waiting.sinceMs),
          })),
          certificate:
            device.certificate === undefined ? null : readCertificate(fields, path, device.certificate),
        })),
        next: fields.text('next_page_token', wire.nextPageToken, limits.name) || null,
      });
    },
  );
}

export function encodeApproveRequest({ device, key }: ApproveRequest): Buffer {
  return Buffer.from(gen.ApproveEnrolmentRequest.encode({ device, key: digestBytes(key) }).finish());
}

export function decodeApproveRequest(bytes: Uint8Array): Result<ApproveRequest, readonly string[]> {
  return decodeWith(
    bytes,
    limits.message,
    (data) => gen.ApproveEnrolmentRequest.decode(data),
    (wire) => {
      const fields = createFields();
      return fields.done({
        device: fields.text('device', wire.device, limits.id),
        key: fields.optionalDigest('key', wire.key),
      });
    },
  );
}

export function encodeApproveResponse({ key }: { readonly key: Digest }): Buffer {
  return Buffer.from(gen.ApproveEnrolmentResponse.encode({ key: digestBytes(key) }).finish());
}

export function decodeApproveResponse(
  bytes: Uint8Array,
): Result<{ readonly key: Digest }, readonly string[]> {
  return decodeWith(
    bytes,
    limits.message,
    (data) => gen.ApproveEnrolmentResponse.decode(data),
    (wire) => {
      const fields = createFields();
      return fields.done({ key: fields.digest('key', wire.key) });
    },
  );
}

export function encodeRevokeRequest(request: { readonly device: string }): Buffer {
  return Buffer.from(gen.RevokeDeviceRequest.encode(request).finish());
}

export function decodeRevokeRequest(
  bytes: Uint8Array,
): Result<{ readonly device: string }, readonly string[]> {
  return decodeWith(
    bytes,
    limits.message,
    (data) => gen.RevokeDeviceRequest.decode(data),
    (wire) => {
      const fields = createFields();
      return fields.done({ device: fields.text('device', wire.device, limits.id) });
    },
  );
}

export function encodeRevokeResponse({ fingerprint }: { readonly fingerprint: Digest }): Buffer {
  return Buffer.from(gen.RevokeDeviceResponse.encode({ fingerprint: digestBytes(fingerprint) }).finish());
}

export function decodeRevokeResponse(
  bytes: Uint8Array,
): Result<{ readonly fingerprint: Digest }, readonly string[]> {
  return decodeWith(
    bytes,
    limits.message,
    (data) => gen.RevokeDeviceResponse.decode(data),
    (wire) => {
      const fields = createFields();
      return fields.done({ fingerprint: fields.digest('fingerprint', wire.fingerprint) });
    },
  );
}

function writeCertificate(certificate: IssuedEnrolment): gen.IssuedCertificate {
  return {
    fingerprint: digestBytes(certificate.fingerprint),
    key: digestBytes(certificate.key),
    issuedMs: BigInt(certificate.issued),
    expiresMs: BigInt(certificate.expires),
    approvedBy: certificate.approvedBy,
    revokedBy: certificate.revoked?.by ?? '',
    revokedMs: BigInt(certificate.revoked?.at ?? 0),
  };
}

function readCertificate(fields: Fields, path: string, wire: gen.IssuedCertificate): IssuedEnrolment {
  const by = fields.text(`${path}.revoked_by`, wire.revokedBy, limits.name);
  const at = fields.whole(`${path}.revoked_ms`, wire.revokedMs);
  return {
    fingerprint: fields.digest(`${path}.fingerprint`, wire.fingerprint),
    key: fields.digest(`${path}.key`, wire.key),
    issued: fields.whole(`${path}.issued_ms`, wire.issuedMs),
    expires: fields.whole(`${path}.expires_ms`, wire.expiresMs),
    approvedBy: fields.text(`${path}.approved_by`, wire.approvedBy, limits.name),
    revoked: by === '' ? null : { at, by },
  };
}
