// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alpha, at, createSignedFleet, day, hour, makeRoot, start } from './signed-fleet.fixture.ts';
import { refreshRevision } from './sign.ts';
import {
  heldTrustBytes,
  heldVersions,
  judgeFreeze,
  parseHeldTrust,
  revisionId,
  rootIdentity,
  verifyUpdate,
  type HeldTrust,
  type TrustVerdict,
} from './verify.ts';

function take(
  held: HeldTrust,
  ...rest: [Parameters<typeof verifyUpdate>[1], Parameters<typeof verifyUpdate>[2]]
): TrustVerdict {
  const verdict = verifyUpdate(held, ...rest);
  if (!verdict.ok) throw new Error(`${verdict.error.code}: ${verdict.error.message}`);
  return verdict.value;
}

describe('when an offer is in order', () => {
  it('is accepted by every device, with the revision id and what to hold', () => {
    const fleet = createSignedFleet();
    const revision = fleet.revision({ counter: 5 });
    const { held, manifest, revision: id, remarks } = take(fleet.held(), revision.update(alpha), at(start));
    expect(id).toBe(revisionId(revision.manifestBytes));
    expect(manifest).toEqual(revision.manifest);
    expect(remarks).toEqual([]);
    expect(heldVersions(held)).toEqual({
      root: 1,
      timestamp: 1,
      snapshot: 1,
      targets: 1,
      counter: 5,
      revision: id,
    });
    expect(held).toMatchObject({ fleet: rootIdentity(fleet.root), branch: 'main' });
  });

  it('needs only the files that are not held', () => {
    const fleet = createSignedFleet();
    const first = fleet.revision();
    const { held } = take(fleet.held(), first.update(alpha), at(start));
    const { manifest, index, proof, target } = first.update(alpha);
    expect(take(held, { manifest, index, proof, target }, at(start)).held).toEqual(held);
  });

  it('is accepted over gaps in versions and counters', () => {
    const fleet = createSignedFleet();
    const { held } = take(fleet.held(), fleet.revision().update(alpha), at(start));
    const far = { version: 40, bytes: new Uint8Array(), expires: 0 };
    const later = fleet.revision({ counter: 90, recorded: { targets: far, snapshot: far, timestamp: far } });
    expect(heldVersions(take(held, later.update(alpha), at(start)).held)).toMatchObject({
      timestamp: 41,
      counter: 90,
    });
  });

  it('stays in force when its metadata is signed again', () => {
    const fleet = createSignedFleet();
    const first = fleet.revision();
    let { held } = take(fleet.held(), first.update(alpha), at(start));
    let recorded = first.signed;
    for (let passed = day; passed <= 200 * day; passed += day) {
      const now = start + passed;
      const again = refreshRevision({ signers: fleet.signers, recorded, manifest: first.manifestBytes, now });
      expect(again).toBeDefined();
      recorded = again ?? recorded;
      const update = first.update(alpha, {
        timestamp: recorded.timestamp.bytes,
        snapshot: recorded.snapshot.bytes,
        targets: recorded.targets.bytes,
      });
      held = take(held, update, at(now + hour)).held;
    }
    expect(heldVersions(held)).toMatchObject({ timestamp: 201, snapshot: 4, targets: 4, counter: 1 });
  });

  it('raises the counter even where the leaf is refused', () => {
    const fleet = createSignedFleet();
    const update = fleet.revision({ counter: 9 }).update(alpha, { target: `sha256:${'0'.repeat(64)}` });
    const verdict = verifyUpdate(fleet.held(), update, at(start));
    expect(verdict).toMatchObject({ ok: false, error: { code: 'wrong-device' } });
    expect(verdict.ok ? 0 : heldVersions(verdict.error.held).counter).toBe(9);
  });
});

describe('when the clock of the device is wrong', () => {
  const fleet = createSignedFleet();
  const revision = fleet.revision();

  it('takes the signed time where the clock stands at 1970, and says so', () => {
    const { trustedTime, remarks } = take(fleet.held(), revision.update(alpha), at(0, { buildTime: 0 }));
    expect(trustedTime).toBe(start);
    expect(remarks).toMatchObject([{ code: 'clock-behind' }]);
  });

  it('believes no time before its own build', () => {
    const context = at(0, { buildTime: start + 3 * day });
    expect(verifyUpdate(fleet.held(), revision.update(alpha), context)).toMatchObject({
      ok: false,
      error: { code: 'freeze', deviceTime: 0 },
    });
  });

  it('judges all files by the time that the timestamp states, the root too', () => {
    const expired = createSignedFleet({ expires: start - hour });
    const update = expired.revision().update(alpha);
    expect(verifyUpdate(expired.held(), update, at(0, { buildTime: 0 }))).toMatchObject({
      ok: false,
      error: { code: 'freeze' },
    });
  });

  it('leaves it to whoever knows the time to tell a clock ahead from stale metadata', () => {
    const ahead = verifyUpdate(fleet.held(), revision.update(alpha), at(start + 400 * day));
    expect(ahead).toMatchObject({ ok: false, error: { code: 'freeze' } });
    const deviceTime = ahead.ok ? 0 : ahead.error.deviceTime;
    expect(judgeFreeze({ deviceTime, serverTime: start + hour })).toBe('clock-ahead');
    expect(judgeFreeze({ deviceTime, serverTime: deviceTime + 60_000 })).toBe('freeze');
  });
});

describe('when trust is stored', () => {
  it('reads back as it was', () => {
    const fleet = createSignedFleet();
    const { held } = take(
      fleet.held(),
      fleet.revision().update(alpha, { roots: [makeRoot(2, fleet.signers)] }),
      at(start),
    );
    expect(parseHeldTrust(heldTrustBytes(held))).toEqual({ ok: true, value: held });
  });

  it('refuses anything else, and never crashes on it', () => {
    const held = createSignedFleet().held();
    expect(parseHeldTrust(Buffer.from(JSON.stringify({ ...held, format: 2 })))).toMatchObject({ ok: false });
    expect(parseHeldTrust(Buffer.from(JSON.stringify({ ...held, extra: 1 })))).toMatchObject({ ok: false });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => !parseHeldTrust(bytes).ok));
    fc.assert(fc.property(fc.json(), (text) => !parseHeldTrust(Buffer.from(text)).ok));
  });

  it('refuses an update over a root that was damaged on disk', () => {
    const fleet = createSignedFleet();
    const held = { ...fleet.held(), root: fleet.held().root.slice(0, -1) };
    expect(verifyUpdate(held, fleet.revision().update(alpha), at(start))).toMatchObject({
      ok: false,
      error: { code: 'bad-signature' },
    });
  });
});

describe('when anything at all is offered', () => {
  it('is refused however deep it is nested', () => {
    const fleet = createSignedFleet();
    const good = fleet.revision().update(alpha);
    const deep = `{"signatures":[],"signed":{"_type":"timestamp","spec_version":"1.0","version":1,"expires":"2030-01-01T00:00:00Z","x":${'['.repeat(7000)}${']'.repeat(7000)}}}`;
    expect(verifyUpdate(fleet.held(), { ...good, timestamp: Buffer.from(deep) }, at(start)).ok).toBe(false);
  });

  it('is refused with a code, and never crashes', () => {
    const fleet = createSignedFleet();
    const good = fleet.revision().update(alpha);
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => Buffer.from(text)),
      damaged(good.timestamp!),
      damaged(good.snapshot!),
    );
    const roles = fc.constantFrom('timestamp', 'snapshot', 'targets', 'manifest', 'roots');
    fc.assert(
      fc.property(roles, anything, (role, bytes) => {
        const update = { ...good, [role]: role === 'roots' ? [bytes] : bytes };
        expect(verifyUpdate(fleet.held(), update, at(start)).ok).toBe(false);
      }),
    );
  });
});

/** The same bytes with one of them changed to another. */
function damaged(bytes: Uint8Array) {
  return fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })).map(([place, by]) => {
    const copy = Buffer.from(bytes);
    copy[place] = (copy[place]! + by) % 256;
    return copy;
  });
}
