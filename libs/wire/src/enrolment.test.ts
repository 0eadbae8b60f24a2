// SPDX-License-Identifier: Apache-2.0
import { digestFromHex, ok } from '@fairlead/base';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeApproveRequest,
  decodeApproveResponse,
  decodeEnrollRequest,
  decodeEnrollResponse,
  decodeEnrolmentsPage,
  decodeEnrolmentsRequest,
  decodeRenewRequest,
  decodeRevokeRequest,
  decodeRevokeResponse,
  encodeApproveRequest,
  encodeApproveResponse,
  encodeEnrollRequest,
  encodeEnrollResponse,
  encodeEnrolmentsPage,
  encodeEnrolmentsRequest,
  encodeRenewRequest,
  encodeRevokeRequest,
  encodeRevokeResponse,
  wireLimits,
} from './index.ts';

const digest = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => digestFromHex(Buffer.from(bytes).toString('hex')));
const time = fc.integer({ min: 1, max: 8_000_000_000_000 });
const text = fc.string({ minLength: 1, maxLength: 40 });

describe('when a message about identities is written and read', () => {
  it('says the same', () => {
    const certificate = fc.record({
      fingerprint: digest,
      key: digest,
      issued: time,
      expires: time,
      approvedBy: text,
      revoked: fc.option(fc.record({ at: time, by: text })),
    });
    const waiting = fc.record({ key: digest, address: text, since: time });
    const device = fc.record({
      device: text,
      name: fc.string({ maxLength: 40 }),
      group: fc.string({ maxLength: 40 }),
      waiting: fc.array(waiting, { maxLength: wireLimits.keysPerDevice }),
      certificate: fc.option(certificate),
    });
    const page = fc.record({ devices: fc.array(device, { maxLength: 5 }), next: fc.option(text) });
    fc.assert(
      fc.property(page, (value) => {
        expect(decodeEnrolmentsPage(encodeEnrolmentsPage(value))).toEqual(ok(value));
      }),
    );
    fc.assert(
      fc.property(text, fc.option(digest), digest, (name, key, print) => {
        const approve = { device: name, key };
        expect(decodeApproveRequest(encodeApproveRequest(approve))).toEqual(ok(approve));
        expect(decodeApproveResponse(encodeApproveResponse({ key: print }))).toEqual(ok({ key: print }));
        expect(decodeRevokeRequest(encodeRevokeRequest({ device: name }))).toEqual(ok({ device: name }));
        expect(decodeRevokeResponse(encodeRevokeResponse({ fingerprint: print }))).toEqual(
          ok({ fingerprint: print }),
        );
      }),
    );
    for (const after of [null, 'a'])
      expect(decodeEnrolmentsRequest(encodeEnrolmentsRequest({ after }))).toEqual(ok({ after }));
    const csr = Buffer.from('csr');
    for (const request of [
      { token: 't', csr },
      { token: null, device: 'd', csr },
    ])
      expect(decodeEnrollRequest(encodeEnrollRequest(request))).toEqual(ok(request));
    expect(decodeRenewRequest(encodeRenewRequest({ csr }))).toEqual(ok({ csr }));
    const response = { certificate: 'PEM', renewAt: 1_800_000_000_000 };
    expect(decodeEnrollResponse(encodeEnrollResponse(response))).toEqual(ok(response));
  });

  it('fits in one message at its longest', () => {
    const long = 'ü'.repeat(wireLimits.name);
    const print = digestFromHex('f'.repeat(64));
    const waiting = { key: print, address: long, since: 1 };
    const revoked = { at: 1, by: long };
    const certificate = { fingerprint: print, key: print, issued: 1, expires: 1, approvedBy: long, revoked };
    const devices = Array.from({ length: wireLimits.devicesPerPart }, () => ({
      device: 'd'.repeat(wireLimits.id),
      name: long,
      group: long,
      waiting: Array.from({ length: wireLimits.keysPerDevice }, () => waiting),
      certificate,
    }));
    const page = encodeEnrolmentsPage({ devices, next: 'd'.repeat(wireLimits.id) });
    expect(page.length).toBeLessThanOrEqual(wireLimits.message);
    expect(decodeEnrolmentsPage(page).ok).toBe(true);
  });

  it('is refused whole where a part is too large or no digest', () => {
    const request = { token: 't'.repeat(wireLimits.token + 1), csr: Buffer.alloc(wireLimits.csr + 1) };
    expect(decodeEnrollRequest(encodeEnrollRequest(request))).toEqual({
      ok: false,
      error: ['token: longer than 512 characters', 'csr: larger than 4096 bytes'],
    });
    // Field 1, one byte.
    expect(decodeApproveResponse(Buffer.from('0a01ff', 'hex'))).toEqual({
      ok: false,
      error: ['key: not a SHA-256'],
    });
  });
});
