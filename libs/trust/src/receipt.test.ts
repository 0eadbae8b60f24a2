// SPDX-License-Identifier: Apache-2.0
import { canonicalBytes, sha256, type Code, type Digest } from '@fairlead/base';
import { dsse } from '@sigstore/core';
import * as fc from 'fast-check';
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  openReceipt,
  preAuthEncoding,
  readReceipt,
  receiptHash,
  receiptLimits,
  receiptPayloadType,
  sealReceipt,
  type Receipt,
  type ReceiptUnit,
} from './verify.ts';

function newKey(): { readonly pem: string; readonly publicKey: KeyObject } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), publicKey };
}

const { pem, publicKey } = newKey();
const receipt: Receipt = {
  device: '0b9e1c5a-0000-4000-8000-000000000001',
  instance: 'b64f2d3c8a1e4f50',
  seq: 3,
  previous: sha256('the one before'),
  revision: sha256('manifest'),
  counter: 12,
  target: sha256('target'),
  previousTarget: null,
  result: 'rolled-back',
  code: 'start-failed',
  units: [
    { unit: 'jobs/zigbee', result: 'failed', code: 'start-failed' },
    { unit: 'jobs/relay', result: 'rolled-back', code: null },
  ],
  unitsOmitted: 0,
  deviceTime: Date.UTC(2026, 5, 1, 12, 0, 0, 250),
  trustedTime: Date.UTC(2026, 5, 1, 12),
  bootId: 'c0ffee00-0000-4000-8000-000000000000',
  agentVersion: '0.1.0',
  remarks: ['state-restored'],
};

const statementOf = (envelope: Uint8Array) =>
  JSON.parse(Buffer.from(JSON.parse(Buffer.from(envelope).toString()).payload, 'base64').toString());

/** Any statement in an envelope that the key has really signed. */
function signed(payload: Uint8Array, payloadType = receiptPayloadType, key = pem): Uint8Array {
  const original = JSON.parse(Buffer.from(sealReceipt(receipt, key)).toString());
  const sig = sign('sha256', preAuthEncoding(payloadType, payload), createPrivateKey(key)).toString('base64');
  return canonicalBytes({
    payloadType,
    payload: Buffer.from(payload).toString('base64'),
    signatures: [{ keyid: original.signatures[0].keyid, sig }],
  });
}

describe('when a receipt is sealed', () => {
  const envelope = sealReceipt(receipt, pem);

  it('opens to the same receipt with the key of the device', () => {
    expect(openReceipt(envelope, publicKey)).toEqual({ ok: true, value: receipt });
  });

  it('is an in-toto statement about the revision', () => {
    expect(statementOf(envelope)).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'manifest.json', digest: { sha256: receipt.revision.slice('sha256:'.length) } }],
      predicate: {
        deviceTime: '2026-06-01T12:00:00.250Z',
        trustedTime: '2026-06-01T12:00:00.000Z',
        previous: receipt.previous,
      },
    });
  });

  it('is signed as DSSE says, by the encoding of another implementation', () => {
    const { payload, payloadType, signatures } = JSON.parse(Buffer.from(envelope).toString());
    const signedBytes = dsse.preAuthEncoding(payloadType, Buffer.from(payload, 'base64'));
    expect(verify('sha256', signedBytes, publicKey, Buffer.from(signatures[0].sig, 'base64'))).toBe(true);
  });

  it('is named by the hash of its bytes in the next one', () => {
    const next = sealReceipt({ ...receipt, seq: 4, previous: receiptHash(envelope) }, pem);
    expect(statementOf(next).predicate.previous).toBe(sha256(envelope));
  });

  it('stays within its size, and keeps what went wrong', () => {
    const units: readonly ReceiptUnit[] = Array.from({ length: 500 }, (_, index) => ({
      unit: `jobs/${'a-long-name-of-a-unit-'.repeat(8)}${index}`.slice(0, 200),
      result: index === 400 ? 'failed' : 'unchanged',
      code: index === 400 ? 'health-failed' : null,
    }));
    const large = sealReceipt({ ...receipt, units }, pem);
    expect(large.length).toBeLessThanOrEqual(receiptLimits.bytes);
    const opened = openReceipt(large, publicKey);
    const { units: kept, unitsOmitted } = opened.ok ? opened.value : receipt;
    expect(kept[0]).toMatchObject({ result: 'failed', code: 'health-failed' });
    expect(kept.length + unitsOmitted).toBe(500);
  });
});

describe('when a receipt is not what it seems', () => {
  const envelope = sealReceipt(receipt, pem);

  it('refuses another key', () => {
    expect(openReceipt(envelope, newKey().publicKey)).toEqual({
      ok: false,
      error: ['signed by another key'],
    });
  });

  it('refuses a payload that was changed, and one of another type', () => {
    const json = JSON.parse(Buffer.from(envelope).toString());
    const forged = {
      ...statementOf(envelope),
      predicate: { ...statementOf(envelope).predicate, result: 'applied' },
    };
    const changed = canonicalBytes({
      ...json,
      payload: Buffer.from(canonicalBytes(forged)).toString('base64'),
    });
    expect(openReceipt(changed, publicKey)).toEqual({
      ok: false,
      error: ['the signature does not belong to the payload'],
    });
    const payload = Buffer.from(json.payload, 'base64');
    expect(openReceipt(signed(payload, 'text/plain'), publicKey)).toMatchObject({ ok: false });
  });

  it('lists everything that a signed statement has wrong', () => {
    const statement = statementOf(envelope);
    const wrong = {
      ...statement,
      predicateType: 'x',
      predicate: { ...statement.predicate, seq: 0, code: 'no-such-code', extra: true },
    };
    const opened = openReceipt(signed(canonicalBytes(wrong)), publicKey);
    const problems = opened.ok ? [] : opened.error.map((problem) => problem.split(':')[0]);
    expect(problems).toEqual(
      expect.arrayContaining(['predicateType', 'predicate.seq', 'predicate.code', 'predicate.extra']),
    );
  });

  it('refuses the same envelope written otherwise, or too large', () => {
    const spaced = JSON.stringify(JSON.parse(Buffer.from(envelope).toString()), null, 1);
    expect(openReceipt(Buffer.from(spaced), publicKey)).toMatchObject({ ok: false });
    expect(openReceipt(Buffer.alloc(receiptLimits.bytes + 1, ' '), publicKey)).toMatchObject({ ok: false });
  });

  it('never crashes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => !openReceipt(bytes, publicKey).ok));
    fc.assert(fc.property(fc.json(), (text) => !openReceipt(Buffer.from(text), publicKey).ok));
  });
});

const digests = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes): Digest => sha256(bytes));
const receipts: fc.Arbitrary<Receipt> = fc.record({
  device: fc.uuid(),
  instance: fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
  seq: fc.integer({ min: 1 }),
  previous: fc.option(digests),
  revision: digests,
  counter: fc.integer({ min: 1 }),
  target: digests,
  previousTarget: fc.option(digests),
  result: fc.constantFrom('applied', 'rolled-back', 'refused', 'inconsistent'),
  code: fc.option(fc.constantFrom<Code>('digest-mismatch', 'no-space')),
  units: fc.array(
    fc.record({
      unit: fc.string({ minLength: 1, maxLength: 30 }),
      result: fc.constant('applied' as const),
      code: fc.constant(null),
    }),
    { maxLength: 8 },
  ),
  unitsOmitted: fc.constant(0),
  deviceTime: fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }),
  trustedTime: fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }),
  bootId: fc.uuid(),
  agentVersion: fc.constant('1.2.3'),
  remarks: fc.array(fc.constantFrom('state-restored', 'drift'), { maxLength: 3 }),
});

describe('when a receipt from the log is read', () => {
  it('is the same, with no word on who signed it', () => {
    const envelope = sealReceipt(receipt, pem);
    expect(readReceipt(envelope)).toEqual({ ok: true, value: receipt });
    expect(readReceipt(sealReceipt(receipt, newKey().pem))).toEqual({ ok: true, value: receipt });
  });

  it('refuses what is no receipt, and never crashes', () => {
    expect(readReceipt(signed(Buffer.from('{}')))).toMatchObject({ ok: false });
    fc.assert(fc.property(fc.json(), (text) => !readReceipt(Buffer.from(text)).ok));
  });
});

describe('when any receipt is sealed and opened', () => {
  it('is the same receipt', () => {
    fc.assert(
      fc.property(receipts, (any) => {
        expect(openReceipt(sealReceipt(any, pem), createPublicKey(pem))).toEqual({ ok: true, value: any });
      }),
      { numRuns: 50 },
    );
  });
});
