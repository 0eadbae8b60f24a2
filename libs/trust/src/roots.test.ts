// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  alpha,
  at,
  createSignedFleet,
  day,
  hour,
  makeRoot,
  newSigner,
  newSigners,
  start,
  type Signers,
} from './signed-fleet.fixture.ts';
import { keyIdOf } from './root.ts';
import { countersign } from './sign.ts';
import {
  acceptRoots,
  heldVersions,
  judgeSuccessor,
  readTrustedRoot,
  verifyUpdate,
  type HeldTrust,
} from './verify.ts';

const both = (a: Signers, b: Signers) => ({ signedBy: [...a.root, ...b.root] });
const codeOf = (held: HeldTrust, roots: readonly Uint8Array[]): string => {
  const result = acceptRoots(held, roots);
  return result.ok ? `root ${heldVersions(result.value).root}` : result.error.code;
};

describe('when the root rolls', () => {
  it('walks version by version, signed by the old keys and by the new ones', () => {
    const fleet = createSignedFleet();
    const [two, three] = [newSigners(), newSigners()];
    const roots = [makeRoot(2, two, both(fleet.signers, two)), makeRoot(3, three, both(two, three))];
    expect(codeOf(fleet.held(), roots)).toBe('root 3');
    expect(codeOf(fleet.held(), [fleet.root, ...roots])).toBe('root 3');
  });

  it('refuses a version left out, an older one, and one version with two contents', () => {
    const { held, root, signers } = createSignedFleet();
    const two = makeRoot(2, signers);
    expect(codeOf(held(), [makeRoot(3, signers)])).toBe('rollback');
    expect(codeOf(held(), [two, root])).toBe('rollback');
    expect(codeOf(held(), [two, makeRoot(2, signers, { expires: start + day })])).toBe('rollback');
  });

  it('refuses one that the old keys, or the new ones, have not signed', () => {
    const { held, signers } = createSignedFleet();
    const next = { ...newSigners(), root: [newSigner()] };
    expect(codeOf(held(), [makeRoot(2, next, { signedBy: next.root })])).toBe('bad-signature');
    expect(codeOf(held(), [makeRoot(2, next, { signedBy: signers.root })])).toBe('bad-signature');
  });

  it('asks for the thresholds of both', () => {
    const signers = { ...newSigners(), root: [newSigner(), newSigner(), newSigner()] };
    const fleet = createSignedFleet({ thresholds: { root: 2 } }, signers);
    const one = makeRoot(2, signers, { thresholds: { root: 2 }, signedBy: signers.root.slice(0, 1) });
    expect(codeOf(fleet.held(), [one])).toBe('below-threshold');
    const raised = makeRoot(2, signers, { thresholds: { root: 3 }, signedBy: signers.root.slice(0, 2) });
    expect(codeOf(fleet.held(), [raised])).toBe('below-threshold');
    expect(codeOf(fleet.held(), [makeRoot(2, signers, { thresholds: { root: 3 } })])).toBe('root 2');
  });

  it('keeps what it accepted on the way to a refusal', () => {
    const fleet = createSignedFleet();
    const two = makeRoot(2, fleet.signers);
    const verdict = verifyUpdate(
      fleet.held(),
      fleet.revision().update(alpha, { roots: [two, makeRoot(4, fleet.signers)] }),
      at(start),
    );
    expect(verdict).toMatchObject({ ok: false, error: { code: 'rollback' } });
    expect(verdict.ok ? 0 : heldVersions(verdict.error.held).root).toBe(2);
  });

  it('walks past a root that has expired, as long as the last one has not', () => {
    const fleet = createSignedFleet({ expires: start - day });
    const update = fleet.revision().update(alpha);
    expect(verifyUpdate(fleet.held(), update, at(start))).toMatchObject({
      ok: false,
      error: { code: 'freeze' },
    });
    const roots = [makeRoot(2, fleet.signers)];
    expect(verifyUpdate(fleet.held(), { ...update, roots }, at(start))).toMatchObject({ ok: true });
  });
});

describe('when a root replaces the keys of a role', () => {
  /** A device that an attacker with the old keys has sent as far forward as numbers go. */
  function fastForwarded(fleet: ReturnType<typeof createSignedFleet>): HeldTrust {
    const far = { version: Number.MAX_SAFE_INTEGER - 1, bytes: new Uint8Array(), expires: 0 };
    const forged = fleet.revision({
      counter: Number.MAX_SAFE_INTEGER,
      recorded: { targets: far, snapshot: far, timestamp: far },
    });
    const verdict = verifyUpdate(fleet.held(), forged.update(alpha), at(start));
    expect(verdict).toMatchObject({ ok: true });
    return verdict.ok ? verdict.value.held : fleet.held();
  }

  it('forgets versions and counter, so that the fleet goes on from where it was', () => {
    const fleet = createSignedFleet();
    const held = fastForwarded(fleet);
    expect(heldVersions(held).counter).toBe(Number.MAX_SAFE_INTEGER);
    const next = { ...newSigners(), root: fleet.signers.root };
    const revision = fleet.revision({ counter: 7, signers: next });
    expect(verifyUpdate(held, revision.update(alpha), at(start)).ok).toBe(false);
    const verdict = verifyUpdate(held, revision.update(alpha, { roots: [makeRoot(2, next)] }), at(start));
    expect(verdict).toMatchObject({ ok: true, value: { manifest: { counter: 7 } } });
  });

  it('forgets only that role', () => {
    const fleet = createSignedFleet();
    const held = fastForwarded(fleet);
    const next = { ...fleet.signers, snapshot: [newSigner()] };
    const result = acceptRoots(held, [makeRoot(2, next)]);
    expect(result.ok ? heldVersions(result.value) : result).toMatchObject({
      root: 2,
      timestamp: Number.MAX_SAFE_INTEGER,
      snapshot: 0,
      targets: Number.MAX_SAFE_INTEGER,
      counter: Number.MAX_SAFE_INTEGER,
    });
  });

  it('forgets nothing where a key was only added', () => {
    const fleet = createSignedFleet();
    const held = fastForwarded(fleet);
    const next = { ...fleet.signers, targets: [...fleet.signers.targets, newSigner()] };
    const result = acceptRoots(held, [makeRoot(2, next)]);
    expect(result.ok ? heldVersions(result.value).counter : result).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('refuses what the replaced key signs', () => {
    const fleet = createSignedFleet();
    const next = { ...fleet.signers, timestamp: [newSigner()] };
    const verdict = verifyUpdate(
      fleet.held(),
      fleet.revision().update(alpha, { roots: [makeRoot(2, next)] }),
      at(start + hour),
    );
    expect(verdict).toMatchObject({ ok: false, error: { code: 'bad-signature' } });
  });
});

describe('when a root is signed by one holder after another', () => {
  it('is a successor once enough of both have signed, and not before', () => {
    const old = { ...newSigners(), root: [newSigner(), newSigner(), newSigner()] };
    const next = { ...old, root: [newSigner(), newSigner(), ...old.root.slice(0, 1)] };
    const thresholds = { root: 2 };
    const first = makeRoot(1, old, { thresholds });
    let draft = makeRoot(2, next, { thresholds, signedBy: [] });
    const steps = [...old.root.slice(1), ...next.root.slice(0, 2)].map((signer) => {
      const signed = countersign('root', draft, [signer]);
      if (signed.ok) draft = signed.value;
      const judged = judgeSuccessor(first, draft);
      return judged.ok ? `root ${judged.value.version}` : judged.error.code;
    });
    expect(steps).toEqual(['below-threshold', 'bad-signature', 'below-threshold', 'root 2']);
    expect(judgeSuccessor(draft, draft)).toMatchObject({ ok: false, error: { code: 'rollback' } });
  });
});

describe('when a root is read', () => {
  it('tells version, expiry and the fingerprints of the CA', () => {
    const { root } = createSignedFleet({
      ca: [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`],
      expires: start + day,
    });
    expect(readTrustedRoot(root)).toMatchObject({
      ok: true,
      value: {
        version: 1,
        expires: start + day,
        ca: [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`],
      },
    });
  });

  it('refuses one key under two ids by a field beside it, too', () => {
    const { root, signers } = createSignedFleet();
    const json = JSON.parse(Buffer.from(root).toString());
    const [id = '', key] = Object.entries<object>(json.signed.keys)[0] ?? [];
    const double = { ...key, note: 'another id' };
    json.signed.keys[keyIdOf(double)] = double;
    expect(keyIdOf(double)).not.toBe(id);
    expect(signers.root).toHaveLength(1);
    expect(readTrustedRoot(Buffer.from(JSON.stringify(json)))).toMatchObject({
      ok: false,
      error: { code: 'unsupported' },
    });
  });

  it('refuses one key under two ids, which would count twice', () => {
    const { root } = createSignedFleet();
    const json = JSON.parse(Buffer.from(root).toString());
    const [id, key] = Object.entries(json.signed.keys)[0]!;
    json.signed.keys['0'.repeat(64)] = key;
    expect(readTrustedRoot(Buffer.from(JSON.stringify(json)))).toMatchObject({
      ok: false,
      error: { code: 'unsupported' },
    });
    expect(id).toMatch(/^[0-9a-f]{64}$/);
  });

  it('refuses one without fingerprints, or with keys that are not Ed25519', () => {
    const { root } = createSignedFleet();
    const changed = (change: (signed: { keys: Record<string, object>; 'x-fairlead'?: object }) => void) => {
      const json = JSON.parse(Buffer.from(root).toString());
      change(json.signed);
      return readTrustedRoot(Buffer.from(JSON.stringify(json)));
    };
    const unsupported = { ok: false, error: { code: 'unsupported' } };
    expect(changed((signed) => delete signed['x-fairlead'])).toMatchObject(unsupported);
    expect(
      changed((signed) => {
        signed['x-fairlead'] = { ca: [] };
      }),
    ).toMatchObject(unsupported);
    expect(
      changed((signed) => {
        Object.assign(Object.values(signed.keys)[0]!, { scheme: 'rsassa-pss-sha256' });
      }),
    ).toMatchObject(unsupported);
  });
});
