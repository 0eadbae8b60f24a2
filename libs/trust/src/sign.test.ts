// SPDX-License-Identifier: Apache-2.0
import { createHash, createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSignedFleet, day, hour, newSigners, start, versionsOf } from './signed-fleet.fixture.ts';
import {
  createEd25519Key,
  ed25519Signer,
  lifetimes,
  refreshDue,
  refreshRevision,
  signRevision,
  verifyRecorded,
} from './sign.ts';

const read = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString());

describe('when a revision is signed', () => {
  const fleet = createSignedFleet();
  const { signed, manifestBytes } = fleet.revision({ now: start + 999 });

  it('names the manifest in targets, targets in snapshot, snapshot in timestamp, by length and SHA-256', () => {
    const hash = (bytes: Uint8Array) => ({
      length: bytes.length,
      hashes: { sha256: createHash('sha256').update(bytes).digest('hex') },
    });
    expect(read(signed.targets.bytes).signed.targets).toEqual({ 'manifest.json': hash(manifestBytes) });
    expect(read(signed.snapshot.bytes).signed.meta).toEqual({
      'targets.json': { version: 1, ...hash(signed.targets.bytes) },
    });
    expect(read(signed.timestamp.bytes).signed.meta).toEqual({
      'snapshot.json': { version: 1, ...hash(signed.snapshot.bytes) },
    });
  });

  it('states expiry and time in whole seconds', () => {
    expect(read(signed.targets.bytes).signed).toMatchObject({
      expires: '2026-08-30T00:00:00Z',
      spec_version: '1.0.31',
    });
    expect(read(signed.snapshot.bytes).signed.expires).toBe('2026-08-30T00:00:00Z');
    expect(read(signed.timestamp.bytes).signed).toMatchObject({
      expires: '2026-06-03T00:00:00Z',
      'x-fairlead': { time: '2026-06-01T00:00:00Z' },
    });
    expect(signed.timestamp.expires).toBe(start + lifetimes.timestamp);
  });

  it('is the same bytes for the same manifest, keys, versions and second', () => {
    const again = fleet.revision({ now: start + 1 });
    expect(again.signed).toEqual(signed);
  });

  it('counts up from what is recorded', () => {
    const next = signRevision({
      signers: fleet.signers,
      recorded: { targets: 4, snapshot: 7, timestamp: 30 },
      manifest: manifestBytes,
      now: start,
    });
    expect(versionsOf(next)).toEqual({ targets: 5, snapshot: 8, timestamp: 31 });
  });

  it('fits the caps of a device', () => {
    for (const { bytes } of Object.values(signed)) expect(bytes.length).toBeLessThan(1024);
  });
});

describe('when the record is checked', () => {
  const fleet = createSignedFleet();
  const { signed, manifestBytes } = fleet.revision();
  const files = {
    manifest: manifestBytes,
    targets: signed.targets.bytes,
    snapshot: signed.snapshot.bytes,
    timestamp: signed.timestamp.bytes,
  };

  it('gives back what was signed, however old', () => {
    expect(verifyRecorded(fleet.root, files)).toEqual({ ok: true, value: signed });
  });

  it('refuses another key, another file and another manifest', () => {
    const other = fleet.revision({ counter: 2 });
    expect(verifyRecorded(createSignedFleet().root, files)).toMatchObject({
      ok: false,
      error: { code: 'bad-signature' },
    });
    expect(verifyRecorded(fleet.root, { ...files, targets: other.signed.targets.bytes })).toMatchObject({
      ok: false,
      error: { code: 'mix-and-match' },
    });
    expect(verifyRecorded(fleet.root, { ...files, manifest: other.manifestBytes })).toMatchObject({
      ok: false,
      error: { code: 'unknown-target' },
    });
  });
});

describe('when metadata grows old', () => {
  const fleet = createSignedFleet();
  const { signed: recorded, manifestBytes: manifest } = fleet.revision();
  const refreshAt = (now: number) => refreshRevision({ signers: fleet.signers, recorded, manifest, now });

  it('is signed again daily, and not before', () => {
    expect(refreshDue(recorded)).toBe(start + day);
    expect(refreshAt(start + day - 1)).toBeUndefined();
    const daily = refreshAt(start + day);
    expect(daily).toMatchObject({
      targets: recorded.targets,
      snapshot: recorded.snapshot,
      timestamp: { version: 2, expires: start + 3 * day },
    });
  });

  it('is signed again as a whole at two thirds of life', () => {
    expect(versionsOf(refreshAt(start + 60 * day - hour)!)).toEqual({
      targets: 1,
      snapshot: 1,
      timestamp: 2,
    });
    const whole = refreshAt(start + 60 * day)!;
    expect(versionsOf(whole)).toEqual({ targets: 2, snapshot: 2, timestamp: 2 });
    expect(
      verifyRecorded(fleet.root, {
        manifest,
        targets: whole.targets.bytes,
        snapshot: whole.snapshot.bytes,
        timestamp: whole.timestamp.bytes,
      }).ok,
    ).toBe(true);
  });
});

describe('when a key signs', () => {
  it('is Ed25519 over the data, by a key that was made anew', () => {
    const pem = createEd25519Key();
    const signer = ed25519Signer(pem);
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), signer.publicKey]);
    const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    expect(verify(null, Buffer.from('data'), publicKey, signer.sign(Buffer.from('data')))).toBe(true);
    expect(createEd25519Key()).not.toBe(pem);
    expect(newSigners().root[0]!.keyId).toMatch(/^[0-9a-f]{64}$/);
  });
});
