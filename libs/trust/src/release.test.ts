// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { countersign, judgeRelease, signRelease, type ReleaseExpectation } from './sign.ts';
import { signTargets } from './sign-revision.ts';
import { createSignedFleet, day, makeRoot, newSigner, newSigners, start } from './signed-fleet.fixture.ts';

const [anna, bela, cleo] = [newSigner(), newSigner(), newSigner()];
const holders = { ...newSigners(), targets: [anna, bela, cleo] };
const fleet = createSignedFleet();
const revision = fleet.revision({ counter: 7 });

function termsOf(threshold: number, change: Partial<ReleaseExpectation> = {}): ReleaseExpectation {
  const root = makeRoot(2, holders, { thresholds: { targets: threshold } });
  return { root, manifest: revision.manifestBytes, above: 4, now: start, ...change };
}
const codeOf = (bytes: Uint8Array, terms: ReleaseExpectation): string => {
  const judged = judgeRelease(bytes, terms);
  return judged.ok ? `version ${judged.value.version}` : judged.error.code;
};
const signed = (...[before, how]: Parameters<typeof signRelease>): Uint8Array => {
  const draft = signRelease(before, how);
  if (!draft.ok) throw new Error(draft.error.message);
  return draft.value.bytes;
};

describe('when holders sign a release one after another', () => {
  it('counts each of them once, and is complete at the threshold', () => {
    const terms = termsOf(2);
    const first = signed(undefined, { ...terms, signer: cleo });
    expect(codeOf(first, terms)).toBe('below-threshold');
    const twice = signed(first, { ...terms, signer: cleo });
    expect(codeOf(twice, terms)).toBe('below-threshold');
    const both = signRelease(twice, { ...terms, signer: anna, now: start + day });
    expect(both).toMatchObject({ ok: true, value: { signatures: 2, threshold: 2, version: 5 } });
    expect(both.ok && codeOf(both.value.bytes, terms)).toBe('version 5');
  });

  it('lets nobody sign whom the root does not list', () => {
    expect(signRelease(undefined, { ...termsOf(1), signer: newSigner() })).toMatchObject({
      ok: false,
      error: { code: 'keys-not-listed' },
    });
  });

  it('takes no numbers from others on trust: neither a far version, nor a long life, nor what a stranger wrote', () => {
    const terms = termsOf(2);
    const { manifest } = terms;
    const far = signTargets([bela], 2 ** 31, manifest, start).bytes;
    const long = signTargets([bela], 5, manifest, start + 400 * day).bytes;
    const strange = signTargets([newSigner()], 5, manifest, start + day).bytes;
    const other = signTargets([bela], 5, fleet.revision({ counter: 8 }).manifestBytes, start).bytes;
    for (const before of [far, long, strange, other]) {
      const draft = signRelease(before, { ...terms, signer: anna });
      expect(draft).toMatchObject({
        ok: true,
        value: { version: 5, signatures: 1, expires: start + 90 * day },
      });
    }
  });
});

describe('when a release is judged', () => {
  it('refuses a stranger, another manifest, one recorded before, and one that has expired', () => {
    const terms = termsOf(1);
    const good = signTargets([anna], 5, terms.manifest, start).bytes;
    expect(codeOf(good, terms)).toBe('version 5');
    expect(codeOf(signTargets([newSigner()], 5, terms.manifest, start).bytes, terms)).toBe('bad-signature');
    expect(codeOf(good, { ...terms, manifest: fleet.revision({ counter: 8 }).manifestBytes })).toBe(
      'unknown-target',
    );
    expect(codeOf(good, { ...terms, above: 5 })).toBe('rollback');
    expect(codeOf(good, { ...terms, now: start + 91 * day })).toBe('freeze');
    expect(codeOf(good, termsOf(2))).toBe('below-threshold');
    expect(codeOf(Buffer.from('{}'), terms)).toBe('bad-signature');
  });

  it('is not moved by signatures that strangers add', () => {
    const terms = termsOf(1);
    const good = signTargets([anna], 5, terms.manifest, start).bytes;
    const crowded = countersign('targets', good, [newSigner(), newSigner()]);
    expect(crowded.ok && codeOf(crowded.value, terms)).toBe('version 5');
  });
});
