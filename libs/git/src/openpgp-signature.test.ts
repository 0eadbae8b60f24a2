// SPDX-License-Identifier: Apache-2.0
import { gitEnv, run, runOk } from '@fairlead/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { policyProblems } from './commit-policy.ts';
import { newSigningLab, type SigningLab } from './signing.fixture.ts';

/** Each runs many programs. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const hasGpg = (await run('gpg', ['--version']).catch(() => ({ code: 1 }))).code === 0;
/** Days of January. */
const in2020 = (day: string): readonly string[] => ['--faked-system-time', `202001${day}T000000!`];

describe.skipIf(!hasGpg)('when a commit is signed with OpenPGP', () => {
  let lab: SigningLab;
  let env: Readonly<Record<string, string>>;
  const gpg = (...args: readonly string[]): Promise<string> =>
    runOk('gpg', ['--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '', ...args], { env });

  beforeAll(async () => {
    lab = await newSigningLab(await mkdtemp(join(tmpdir(), 'fairlead-pgp-')));
    env = { GNUPGHOME: join(lab.dir, '.git') };
    await gpg('--quick-generate-key', 'Alice <alice@example.org>', 'ed25519', 'sign', 'never');
    await gpg('--quick-generate-key', 'Bob <bob@example.org>', 'rsa2048', 'sign', 'never');
    await gpg(
      ...in2020('01'),
      '--quick-generate-key',
      'Carol <carol@example.org>',
      'ed25519',
      'sign',
      'never',
    );
  }, 60_000);
  afterAll(async () => {
    await runOk('gpgconf', ['--kill', 'all'], { env });
    await rm(lab.dir, { recursive: true, force: true });
  });

  const commit = (signer: string): Promise<string> =>
    lab.commit(null, { settings: ['-c', `user.signingkey=${signer}@example.org`], env });
  const exported = (...names: readonly string[]): Promise<string> =>
    gpg('--armor', '--export', ...names.map((name) => `${name}@example.org`));
  const fingerprintOf = async (who: string): Promise<string> =>
    /^fpr:+(\w+):/m.exec(await gpg('--with-colons', '--list-keys', `${who}@example.org`))?.[1] ?? '';
  const gitAccepts = async (oid: string): Promise<boolean> =>
    (await run('git', ['verify-commit', oid], { cwd: lab.dir, env: { ...gitEnv, ...env } })).code === 0;

  it.each(['alice', 'bob'])('accepts what a key of the file signed: %s', async (who) => {
    const oid = await commit(who);
    const verdict = await lab.judge(oid, { openPgpKeys: await exported('alice', 'bob') });
    expect(verdict).toMatchObject({ kind: 'good', signer: expect.stringContaining(`<${who}@example.org>`) });
    expect(await gitAccepts(oid)).toBe(true);
  });

  it('refuses a key that is not in the file, and a file of SSH keys alone', async () => {
    const oid = await commit('bob');
    expect(await lab.judge(oid, { openPgpKeys: await exported('alice') })).toMatchObject({
      code: 'signer-unknown',
    });
    expect(await lab.judge(oid, { allowedSigners: `a@b ${await lab.key('ed-alice')}` })).toMatchObject({
      code: 'signer-unknown',
    });
  });

  it('refuses what was changed after it was signed', async () => {
    const signed = await lab.read(await commit('alice'));
    const oid = await lab.write(Buffer.from(`${signed.toString('utf8')}more\n`));
    expect(await lab.judge(oid, { openPgpKeys: await exported('alice') })).toMatchObject({
      code: 'signature-wrong',
    });
    expect(await gitAccepts(oid)).toBe(false);
  });

  it('refuses a key that had expired when it signed', async () => {
    const oid = await commit('carol');
    const forever = await exported('carol');
    expect(await lab.judge(oid, { openPgpKeys: forever })).toMatchObject({ kind: 'good' });
    await gpg(...in2020('02'), '--quick-set-expire', await fingerprintOf('carol'), '10d');
    expect(await lab.judge(oid, { openPgpKeys: await exported('carol') })).toMatchObject({
      code: 'signer-not-valid',
    });
    expect(await gitAccepts(oid)).toBe(false);
  });

  it('refuses a revoked key', async () => {
    const oid = await commit('bob');
    const certificate = join(lab.dir, '.git', 'openpgp-revocs.d', `${await fingerprintOf('bob')}.rev`);
    await runOk('sed', ['-i', 's/^:-----BEGIN/-----BEGIN/', certificate]);
    await gpg('--import', certificate);
    expect(await lab.judge(oid, { openPgpKeys: await exported('alice', 'bob') })).toMatchObject({
      code: 'signer-revoked',
    });
    expect(await gitAccepts(oid)).toBe(false);
  });

  it('says what is wrong with a file of keys', async () => {
    const policy = { allowedSigners: null, revokedSigners: null };
    expect(await policyProblems({ ...policy, openPgpKeys: await exported('alice') })).toEqual([]);
    for (const openPgpKeys of [
      '',
      'nonsense',
      await gpg('--armor', '--export-secret-keys', 'alice@example.org'),
    ]) {
      expect(await policyProblems({ ...policy, openPgpKeys })).toMatchObject([
        { file: 'trust/allowed_signers.asc' },
      ]);
    }
  });
});
