// SPDX-License-Identifier: Apache-2.0
import { canonicalBytes } from '@fairlead/base';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSignedFleet } from './signed-fleet.fixture.ts';
import { manifestBytes, maxManifestBytes, parseManifest, revisionId } from './verify.ts';

const { manifest } = createSignedFleet().revision();

describe('when a manifest is read', () => {
  it('is what was written, and small', () => {
    const large = {
      ...manifest,
      branch: 'b'.repeat(244),
      counter: Number.MAX_SAFE_INTEGER,
      devices: Number.MAX_SAFE_INTEGER,
    };
    expect(parseManifest(manifestBytes(manifest))).toEqual({ ok: true, value: manifest });
    expect(parseManifest(manifestBytes(large))).toEqual({ ok: true, value: large });
  });

  it('refuses unknown, missing and malformed fields, all at once', () => {
    const { branch: _branch, ...rest } = manifest;
    const parsed = parseManifest(
      canonicalBytes({ ...rest, commit: 'HEAD', counter: 0, time: 'now', wave: 1 }),
    );
    const problems = parsed.ok ? [] : parsed.error;
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(
      expect.arrayContaining(['branch', 'commit', 'counter', 'time', 'wave']),
    );
  });

  it('refuses bytes other than the canonical form, and more than its size', () => {
    expect(parseManifest(Buffer.from(JSON.stringify(manifest, null, 1)))).toMatchObject({ ok: false });
    expect(parseManifest(Buffer.concat([manifestBytes(manifest), Buffer.from('\n')]))).toMatchObject({
      ok: false,
    });
    expect(parseManifest(manifestBytes({ ...manifest, branch: 'b'.repeat(maxManifestBytes) }))).toMatchObject(
      { ok: false },
    );
  });

  it('never crashes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => !parseManifest(bytes).ok));
    fc.assert(fc.property(fc.json(), (text) => !parseManifest(Buffer.from(text)).ok));
  });
});

describe('when a revision is named', () => {
  it('has one id for one manifest', () => {
    expect(revisionId(manifestBytes(manifest))).toBe(revisionId(manifestBytes({ ...manifest })));
    expect(revisionId(manifestBytes({ ...manifest, counter: 2 }))).not.toBe(
      revisionId(manifestBytes(manifest)),
    );
  });
});
