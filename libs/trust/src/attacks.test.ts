// SPDX-License-Identifier: Apache-2.0
import { ok, type TrustCode } from '@fairlead/base';
import { describe, expect, it } from 'vitest';
import {
  alpha,
  at,
  beta,
  createSignedFleet,
  day,
  hour,
  newSigner,
  newSigners,
  signedAt,
  start,
  type Revision,
} from './signed-fleet.fixture.ts';
import { signRevision } from './sign.ts';
import {
  limits,
  verifyTargetBytes,
  verifyUpdate,
  type HeldTrust,
  type TrustContext,
  type TrustUpdate,
} from './verify.ts';

const codeOf = (held: HeldTrust, update: TrustUpdate, context: TrustContext = at(start)): string => {
  const verdict = verifyUpdate(held, update, context);
  return verdict.ok ? 'accepted' : verdict.error.code;
};

/** A fleet whose device alpha holds revision 1. */
function fleetAtOne() {
  const fleet = createSignedFleet();
  const first = fleet.revision();
  return { fleet, first, held: accepted(fleet.held(), first) };
}

function accepted(held: HeldTrust, revision: Revision, context = at(start)): HeldTrust {
  const verdict = verifyUpdate(held, revision.update(alpha), context);
  expect(verdict).toMatchObject({ ok: true });
  return verdict.ok ? verdict.value.held : held;
}

const refused = (code: TrustCode) => code;

describe('when an attacker offers what the release key has not named (arbitrary software)', () => {
  it('refuses a manifest of their own making', () => {
    const { fleet, first } = fleetAtOne();
    const forged = fleet.revision({ counter: 2 });
    expect(codeOf(fleet.held(), first.update(alpha, { manifest: forged.manifestBytes }))).toBe(
      refused('unknown-target'),
    );
  });

  it('refuses a manifest without any metadata that names it', () => {
    const { fleet, first } = fleetAtOne();
    const { manifest, index, proof, target } = first.update(alpha);
    expect(codeOf(fleet.held(), { manifest, index, proof, target })).toBe(refused('unknown-target'));
  });

  it('refuses a target state whose bytes were tampered with, and takes the right ones', () => {
    const bytes = Buffer.from('{"format":1,"units":[]}');
    const digest = `sha256:${'7'.repeat(64)}` as const;
    expect(verifyTargetBytes(bytes, digest)).toMatchObject({ ok: false, error: { code: 'digest-mismatch' } });
    expect(
      verifyTargetBytes(
        Buffer.from(''),
        'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      ),
    ).toEqual(ok());
  });
});

describe('when an attacker signs with other keys', () => {
  it.each(['timestamp', 'snapshot', 'targets'] as const)('refuses %s of a stranger', (role) => {
    const { fleet, first } = fleetAtOne();
    const signers = { ...fleet.signers, [role]: [newSigner()] };
    const forged = fleet.revision({ counter: 2, recorded: first.signed, signers });
    expect(codeOf(fleet.held(), forged.update(alpha))).toBe(refused('bad-signature'));
  });

  it('refuses the key of one role where another has to sign', () => {
    const { fleet, first } = fleetAtOne();
    const forged = fleet.revision({
      counter: 2,
      recorded: first.signed,
      signers: { ...fleet.signers, targets: fleet.signers.timestamp },
    });
    expect(codeOf(fleet.held(), forged.update(alpha))).toBe(refused('bad-signature'));
  });

  it('refuses a signed file with one byte changed', () => {
    const { fleet, first } = fleetAtOne();
    const text = Buffer.from(first.signed.timestamp.bytes).toString().replace('"version":1}', '"version":7}');
    expect(codeOf(fleet.held(), first.update(alpha, { timestamp: Buffer.from(text) }))).toBe(
      refused('bad-signature'),
    );
  });

  it('refuses fewer signatures than the role needs', () => {
    const signers = { ...newSigners(), targets: [newSigner(), newSigner()] };
    const fleet = createSignedFleet({ thresholds: { targets: 2 } }, signers);
    const one = fleet.revision({ signers: { ...signers, targets: signers.targets.slice(0, 1) } });
    expect(codeOf(fleet.held(), one.update(alpha))).toBe(refused('below-threshold'));
    expect(codeOf(fleet.held(), fleet.revision().update(alpha))).toBe('accepted');
  });

  it('refuses a file without signatures, and one that is no metadata at all', () => {
    const { fleet, first } = fleetAtOne();
    const unsigned = fleet.revision({ signers: { ...fleet.signers, timestamp: [] } });
    expect(codeOf(fleet.held(), unsigned.update(alpha))).toBe(refused('below-threshold'));
    for (const text of [
      '',
      '{',
      '[]',
      '{"signed":{},"signatures":{}}',
      '\ufeff{}',
      '['.repeat(limits.metadata),
    ]) {
      expect(codeOf(fleet.held(), first.update(alpha, { timestamp: Buffer.from(text) }))).toBe(
        refused('bad-signature'),
      );
    }
  });
});

describe('when an attacker replays the past', () => {
  it('refuses an old revision, as a whole and by each of its files', () => {
    const { fleet, first, held } = fleetAtOne();
    const second = fleet.revision({ counter: 2, recorded: first.signed });
    const now = accepted(held, second);
    expect(codeOf(now, first.update(alpha))).toBe(refused('rollback'));
    const old = first.update(alpha);
    expect(codeOf(now, second.update(alpha, { timestamp: old.timestamp! }))).toBe(refused('rollback'));
  });

  it('refuses new metadata that names older files', () => {
    const { fleet, first, held } = fleetAtOne();
    const second = fleet.revision({ counter: 2, recorded: first.signed });
    const now = accepted(held, second);
    const { timestamp } = signRevision({
      signers: fleet.signers,
      recorded: { targets: 0, snapshot: 0, timestamp: 9 },
      manifest: first.manifestBytes,
      now: start,
    });
    expect(codeOf(now, first.update(alpha, { timestamp: timestamp.bytes }))).toBe(refused('rollback'));
    const older = signRevision({
      signers: fleet.signers,
      recorded: { targets: 0, snapshot: 9, timestamp: 9 },
      manifest: first.manifestBytes,
      now: start,
    });
    expect(
      codeOf(now, first.update(alpha, { timestamp: older.timestamp.bytes, snapshot: older.snapshot.bytes })),
    ).toBe(refused('rollback'));
  });

  it('refuses a lower counter, however new its metadata', () => {
    const { fleet, first, held } = fleetAtOne();
    const second = fleet.revision({ counter: 2, recorded: first.signed });
    const back = fleet.revision({ counter: 1, recorded: second.signed });
    expect(codeOf(accepted(held, second), back.update(alpha))).toBe(refused('rollback'));
  });

  it('does not remember a timestamp that names an older snapshot than is held', () => {
    const { fleet, first, held } = fleetAtOne();
    const second = fleet.revision({ counter: 2, recorded: first.signed });
    const now = accepted(held, second);
    const { timestamp } = signRevision({
      signers: fleet.signers,
      recorded: { targets: 0, snapshot: 0, timestamp: 99 },
      manifest: first.manifestBytes,
      now: start,
    });
    const verdict = verifyUpdate(now, first.update(alpha, { timestamp: timestamp.bytes }), at(start));
    expect(verdict).toMatchObject({ ok: false, error: { code: 'rollback', held: now } });
  });
});

describe('when an attacker holds back what is new (freeze)', () => {
  it('refuses an expired timestamp, and says what the device takes the time to be', () => {
    const { fleet, first } = fleetAtOne();
    const verdict = verifyUpdate(fleet.held(), first.update(alpha), at(start + 49 * hour));
    expect(verdict).toMatchObject({ ok: false, error: { code: 'freeze', deviceTime: start + 49 * hour } });
  });

  it('refuses expired targets under a fresh snapshot, and an expired snapshot under a fresh timestamp', () => {
    const { fleet, first } = fleetAtOne();
    const later = start + 91 * day;
    const oldTargets = signedAt(fleet.signers, first, { targets: start, snapshot: later, timestamp: later });
    expect(codeOf(fleet.held(), first.update(alpha, oldTargets), at(later))).toBe(refused('freeze'));
    const oldSnapshot = signedAt(fleet.signers, first, { targets: later, snapshot: start, timestamp: later });
    expect(codeOf(fleet.held(), first.update(alpha, oldSnapshot), at(later))).toBe(refused('freeze'));
    const fresh = signedAt(fleet.signers, first, { targets: later, snapshot: later, timestamp: later });
    expect(codeOf(fleet.held(), first.update(alpha, fresh), at(later))).toBe('accepted');
  });

  it('refuses everything under an expired root', () => {
    const fleet = createSignedFleet({ expires: start + hour });
    expect(codeOf(fleet.held(), fleet.revision().update(alpha), at(start + 2 * hour))).toBe(
      refused('freeze'),
    );
  });
});

describe('when an attacker mixes files of different revisions', () => {
  it.each(['snapshot', 'targets'] as const)('refuses %s of another one', (role) => {
    const { fleet, first } = fleetAtOne();
    const second = fleet.revision({ counter: 2, recorded: first.signed });
    expect(codeOf(fleet.held(), second.update(alpha, { [role]: first.signed[role].bytes }))).toBe(
      refused('mix-and-match'),
    );
  });

  it('refuses files of one version that another replica signed', () => {
    const { fleet } = fleetAtOne();
    const ours = fleet.revision({ counter: 2 });
    const theirs = fleet.revision({ counter: 3 });
    expect(codeOf(fleet.held(), ours.update(alpha, { targets: theirs.signed.targets.bytes }))).toBe(
      refused('mix-and-match'),
    );
  });
});

describe('when someone shows two histories (equivocation)', () => {
  it('refuses another manifest at the same counter, and takes the same one again', () => {
    const { fleet, first, held } = fleetAtOne();
    const other = fleet.revision({
      counter: 1,
      recorded: first.signed,
      manifest: { commit: 'f'.repeat(40) },
    });
    expect(codeOf(held, other.update(alpha))).toBe(refused('equivocation'));
    const again = fleet.revision({ counter: 1, recorded: first.signed });
    expect(codeOf(held, again.update(alpha))).toBe('accepted');
  });

  it('refuses another timestamp of the same version, but not the same one written otherwise', () => {
    const { fleet, first, held } = fleetAtOne();
    const other = fleet.revision({ counter: 2 });
    expect(codeOf(held, other.update(alpha))).toBe(refused('equivocation'));
    const spaced = JSON.stringify(JSON.parse(Buffer.from(first.signed.timestamp.bytes).toString()), null, 2);
    expect(codeOf(held, first.update(alpha, { timestamp: Buffer.from(spaced) }))).toBe('accepted');
  });
});

describe('when a device is sent what is meant for another', () => {
  it('refuses the target state of another device, with either leaf', () => {
    const { fleet, first } = fleetAtOne();
    expect(codeOf(fleet.held(), first.update(beta))).toBe(refused('wrong-device'));
    const own = first.update(alpha);
    expect(codeOf(fleet.held(), { ...own, target: first.update(beta).target })).toBe(refused('wrong-device'));
    expect(codeOf(fleet.held(), { ...own, proof: own.proof.slice(1) })).toBe(refused('wrong-device'));
  });

  it('refuses the manifest of another fleet, or of another branch than the first', () => {
    const { fleet, first, held } = fleetAtOne();
    const elsewhere = fleet.revision({
      counter: 2,
      recorded: first.signed,
      manifest: { fleet: `sha256:${'1'.repeat(64)}` },
    });
    expect(codeOf(held, elsewhere.update(alpha))).toBe(refused('wrong-device'));
    const staging = fleet.revision({ counter: 2, recorded: first.signed, manifest: { branch: 'staging' } });
    expect(codeOf(held, staging.update(alpha))).toBe(refused('wrong-device'));
    expect(codeOf(fleet.held(), staging.update(alpha))).toBe('accepted');
  });
});

describe('when an answer does not end', () => {
  it.each(['timestamp', 'snapshot', 'targets', 'manifest'] as const)(
    'refuses %s beyond its cap, before it is parsed',
    (role) => {
      const { fleet, first } = fleetAtOne();
      expect(
        codeOf(fleet.held(), first.update(alpha, { [role]: Buffer.alloc(limits.metadata + 1, ' ') })),
      ).toBe(refused('endless-data'));
    },
  );

  it('refuses roots, proofs and target states beyond theirs', () => {
    const { fleet, first } = fleetAtOne();
    expect(codeOf(fleet.held(), first.update(alpha, { roots: [Buffer.alloc(limits.root + 1, ' ')] }))).toBe(
      refused('endless-data'),
    );
    expect(
      codeOf(
        fleet.held(),
        first.update(alpha, { roots: Array.from({ length: limits.roots + 1 }, () => fleet.root) }),
      ),
    ).toBe(refused('endless-data'));
    expect(
      codeOf(
        fleet.held(),
        first.update(alpha, { proof: Array.from({ length: 65 }, () => Buffer.alloc(32)) }),
      ),
    ).toBe(refused('endless-data'));
    expect(verifyTargetBytes(Buffer.alloc(limits.target + 1), fleet.fleet)).toMatchObject({
      ok: false,
      error: { code: 'endless-data' },
    });
  });
});
