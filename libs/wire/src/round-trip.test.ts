// SPDX-License-Identifier: Apache-2.0
import { ok, sha256, type Digest } from '@fairlead/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeEnrollRequest,
  decodeEnrollResponse,
  decodeFromAgent,
  decodeFromServer,
  decodeStatusPage,
  decodeStatusPart,
  decodeStatusRequest,
  encodeEnrollRequest,
  encodeEnrollResponse,
  encodeFromAgent,
  encodeFromServer,
  encodeStatusPage,
  encodeStatusPart,
  encodeStatusRequest,
  type FleetDeviceStatus,
  type FromAgent,
  type FromServer,
} from './index.ts';

const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const version = fc.nat({ max: 2 ** 32 - 1 });
const text = fc.string({ maxLength: 60 });
const code = fc.option(fc.constantFrom('freeze', 'no-space'));
const digest: fc.Arbitrary<Digest> = fc.string().map((seed) => sha256(seed));
const digestOrNone = fc.option(digest);
const bytes = fc.uint8Array({ maxLength: 100 }).map((array) => Buffer.from(array));
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((array) => Buffer.from(array));
const position = fc.oneof(
  fc.record({ instance: text, seq: fc.integer({ min: 1, max: 1e9 }), hash: digest }),
  fc.record({ instance: text, seq: fc.constant(0), hash: fc.constant(null) }),
);
const is = <const K extends string>(kind: K) => fc.constant(kind);

const fromAgent: fc.Arbitrary<FromAgent> = fc.oneof(
  fc.record({
    kind: is('hello'),
    agentVersion: text,
    protocol: version,
    bootId: text,
    architecture: text,
    targetFormats: fc.array(version, { maxLength: 16 }),
    capabilities: fc.array(text, { maxLength: 20 }),
    held: fc.record({
      root: version,
      timestamp: version,
      snapshot: version,
      targets: version,
      counter: count,
    }),
    revision: digestOrNone,
    target: digestOrNone,
    receipts: position,
    deviceTime: count,
    runId: text,
    timestampFile: bytes,
    snapshotFile: bytes,
  }),
  fc.record({
    kind: is('refusal'),
    id: text,
    revision: digestOrNone,
    code: text,
    message: text,
    deviceTime: count,
    trustedTime: count,
  }),
  fc.record({
    kind: is('status'),
    state: fc.constantFrom('pending', 'applying', 'applied', 'failed', 'refused', 'drift'),
    code,
    message: text,
    since: count,
    revision: digestOrNone,
    target: digestOrNone,
    units: fc.array(fc.record({ domain: text, name: text, condition: text, reason: text }), {
      maxLength: 20,
    }),
    drift: fc.array(fc.record({ unit: text, found: text }), { maxLength: 20 }),
  }),
  fc.record({ kind: is('receipt'), seq: count, envelope: bytes }),
  fc.record({ kind: is('command-result'), id: text, ok: fc.boolean(), code, message: text }),
);

const own = { index: count, proof: fc.array(hash, { maxLength: 64 }) };
const fromServer: fc.Arbitrary<FromServer> = fc.oneof(
  fc.record({
    kind: is('welcome'),
    limits: fc.record({ messageBytes: version, openReceipts: version, statusIntervalMs: version }),
    newestRoot: version,
    log: fc.option(position),
    serverTime: count,
  }),
  fc.record({
    kind: is('offer'),
    timestamp: bytes,
    snapshot: bytes,
    targets: bytes,
    manifest: bytes,
    newestRoot: version,
    target: digest,
    targetState: fc.option(bytes),
    targetFormat: version,
    ...own,
  }),
  fc.record({
    kind: is('refresh'),
    newestRoot: version,
    timestamp: fc.option(bytes),
    snapshot: fc.option(bytes),
    targets: fc.option(bytes),
    manifest: bytes,
    target: digest,
    ...own,
  }),
  fc.record({ kind: is('receipt-ack'), seq: count }),
  fc.record({ kind: is('record-ack'), id: text }),
  fc.record({
    kind: is('command'),
    id: text,
    issuer: text,
    expires: count,
    action: fc.oneof(
      fc.record({ kind: fc.constantFrom('look-again', 'send-state', 'retry', 'unknown') }),
      fc.record({ kind: is('restart-unit'), domain: text, name: text }),
    ),
  }),
  fc.record({
    kind: is('goodbye'),
    reason: fc.constantFrom(
      'shutting-down',
      'not-in-fleet',
      'agent-too-old',
      'replaced',
      'duplicate-identity',
      'revoked',
      'protocol-error',
      'unavailable',
      'unknown',
    ),
    message: text,
    retryAfterMs: version,
  }),
);

const device: fc.Arbitrary<FleetDeviceStatus> = fc.record({
  id: text,
  name: text,
  group: text,
  revision: digestOrNone,
  state: fc.constantFrom(
    'never-seen',
    'offline',
    'pending',
    'applying',
    'applied',
    'unchanged',
    'failed',
    'refused',
    'drift',
  ),
  code,
  message: text,
  since: count,
});
const head = fc.record({ revision: digestOrNone, commit: text });
const devices = fc.array(device, { maxLength: 40 });

describe('when a message is written and read again', () => {
  it('is the same, whatever it says', () => {
    fc.assert(
      fc.property(fromAgent, (message) => {
        expect(decodeFromAgent(encodeFromAgent(message))).toEqual(ok(message));
      }),
    );
    fc.assert(
      fc.property(fromServer, (message) => {
        expect(decodeFromServer(encodeFromServer(message))).toEqual(ok(message));
      }),
    );
  });

  it('is the same for operators and newcomers', () => {
    const words = fc.string({ maxLength: 60 });
    const problem = fc.record({ area: words, code: words, message: words, hint: words });
    const page = fc.record({
      head,
      devices,
      next: fc.option(fc.string({ minLength: 1, maxLength: 60 })),
      problems: fc.array(problem, { maxLength: 12 }),
    });
    const part = fc.record({ head, devices, complete: fc.boolean() });
    fc.assert(
      fc.property(page, (value) => {
        expect(decodeStatusPage(encodeStatusPage(value))).toEqual(ok(value));
      }),
    );
    fc.assert(
      fc.property(part, (value) => {
        expect(decodeStatusPart(encodeStatusPart(value))).toEqual(ok(value));
      }),
    );
    for (const after of [null, 'a'])
      expect(decodeStatusRequest(encodeStatusRequest({ after }))).toEqual(ok({ after }));
    const request = { token: 'id.secret.digest', csr: Buffer.from('csr') };
    expect(decodeEnrollRequest(encodeEnrollRequest(request))).toEqual(ok(request));
    expect(decodeEnrollResponse(encodeEnrollResponse({ certificate: 'PEM' }))).toEqual(
      ok({ certificate: 'PEM' }),
    );
  });
});

describe('when bytes come from anywhere', () => {
  it('are read or refused, and never crash', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        for (const decode of [decodeFromAgent, decodeFromServer, decodeStatusPage, decodeEnrollRequest])
          expect(typeof decode(noise).ok).toBe('boolean');
      }),
      { numRuns: 1_000 },
    );
  });
});
