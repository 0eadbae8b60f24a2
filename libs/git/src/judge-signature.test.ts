// SPDX-License-Identifier: Apache-2.0
import { git } from '@fairlead/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { withSignature } from './commit-object.ts';
import { signedByHardware, signedByRsa, type Case } from './crafted-signatures.fixture.ts';
import { newSigningLab, type SigningLab } from './signing.fixture.ts';

/** Each runs many programs. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let lab: SigningLab;
beforeAll(async () => {
  lab = await newSigningLab(await mkdtemp(join(tmpdir(), 'fairlead-signing-')));
});
afterAll(() => rm(lab.dir, { recursive: true, force: true }));

/** A line for somebody's key. */
const line = async (name: string, whose = `${name}@example.org`, options = ''): Promise<string> =>
  `${whose} ${options === '' ? '' : `${options} `}${await lab.key(name)} a comment\n`;

type Row = readonly [what: string, verdict: string, make: () => Promise<Case>];

/** One who is allowed, and a commit by somebody. */
const by = async (
  signer: string | null,
  allowed: string,
  revokedSigners: string | null = null,
): Promise<Case> => ({
  commit: await lab.commit(signer),
  policy: { allowedSigners: allowed, revokedSigners },
});

/** A commit where Alice alone is allowed. */
const forAlice = async (commit: string): Promise<Case> => ({
  commit,
  policy: { allowedSigners: await line('ed-alice') },
});

/** Alice signs, allowed with these options. */
const aliceWith = (options: string) => async () => by('ed-alice', await line('ed-alice', 'a@b', options));

const rows: readonly Row[] = [
  ['unsigned', 'commit-unsigned', async () => by(null, await line('ed-alice'))],
  ['signed by an Ed25519 key', 'good', async () => by('ed-alice', await line('ed-alice'))],
  ['signed by an RSA key', 'good', async () => by('rsa-bob', await line('rsa-bob'))],
  ['signed by an RSA key with SHA-256', 'good', async () => signedByRsa(lab, 'rsa-sha2-256', 'sha256')],
  ['signed by an RSA key with SHA-1', 'signature-wrong', async () => signedByRsa(lab, 'ssh-rsa', 'sha1')],
  ['signed by a P-256 key', 'good', async () => by('ecdsa256-bob', await line('ecdsa256-bob'))],
  ['signed by a P-384 key', 'good', async () => by('ecdsa384-bob', await line('ecdsa384-bob'))],
  ['signed by a P-521 key', 'good', async () => by('ecdsa521-bob', await line('ecdsa521-bob'))],
  ['signed by another key', 'signer-unknown', async () => by('ed-eve', await line('ed-alice'))],
  ['signed where nobody is allowed', 'signer-unknown', async () => by('ed-alice', '')],
  [
    'signed by a revoked key',
    'signer-revoked',
    async () => by('ed-alice', await line('ed-alice'), `# left us\n${await lab.key('ed-alice')} alice\n`),
  ],
  [
    'signed while another key is revoked',
    'good',
    async () => by('ed-alice', await line('ed-alice'), `${await lab.key('ed-eve')}\n`),
  ],
  [
    'allowed as somebody else than its committer',
    'good',
    async () => by('ed-alice', await line('ed-alice', 'other@example.com')),
  ],
  ['allowed by a pattern', 'good', async () => by('ed-alice', await line('ed-alice', '*@example.org,a?c'))],
  ['allowed for nobody', 'signer-unknown', async () => by('ed-alice', await line('ed-alice', '!*'))],
  [
    'allowed for one who is excepted',
    'signer-unknown',
    async () => by('ed-alice', await line('ed-alice', 'a@b,!a@*')),
  ],
  ['allowed in quotes', 'good', async () => by('ed-alice', await line('ed-alice', '"alice@example.org"'))],
  ['allowed for git alone', 'good', aliceWith('namespaces="git"')],
  ['allowed for git among others', 'good', aliceWith('NAMESPACES="file,g?t"')],
  ['allowed for files alone', 'signer-unknown', aliceWith('namespaces="file"')],
  [
    'allowed for files in one line and for git in the next',
    'good',
    async () =>
      by(
        'ed-alice',
        (await line('ed-alice', 'a@b', 'namespaces="file"')) +
          (await line('ed-alice', 'a@b', 'namespaces="git"')),
      ),
  ],
  [
    'allowed for files as one and for git as another',
    'signer-unknown',
    async () =>
      by(
        'ed-alice',
        (await line('ed-alice', 'a@b', 'namespaces="file"')) +
          (await line('ed-alice', 'c@d', 'namespaces="git"')),
      ),
  ],
  ['not yet valid', 'signer-not-valid', aliceWith('valid-after="20260501120001Z"')],
  ['valid from this second on', 'good', aliceWith('valid-after="20260501120000Z"')],
  ['valid until this second', 'good', aliceWith('valid-before="20260501120000"')],
  ['valid until the second before', 'signer-not-valid', aliceWith('valid-before="20260501115959"')],
  ['valid that day alone', 'good', aliceWith('valid-after="20260501",valid-before="20260502Z"')],
  [
    'expired in one line and valid in the next',
    'good',
    async () =>
      by(
        'ed-alice',
        (await line('ed-alice', 'a@b', 'valid-before="202001010000"')) + (await line('ed-alice', 'a@b')),
      ),
  ],
  [
    'allowed after a line that is not understood',
    'good',
    async () =>
      by(
        'ed-alice',
        `x@y\nx@y ssh-foo AAAA\nx@y valid-before=2027 ${await lab.key('ed-eve')}\n${await line('ed-alice')}`,
      ),
  ],
  ['allowed by a line that is not understood', 'signer-unknown', aliceWith('valid-before=20270101')],
  [
    'allowed in a file with comments, blanks and CRLF',
    'good',
    async () =>
      by(
        'ed-alice',
        `# who\r\n\r\n \t\r\n${(await line('ed-eve')).trimEnd()}\r\n  ${(await line('ed-alice')).trimEnd()}\r\n`,
      ),
  ],
  [
    'signed, then amended without',
    'commit-unsigned',
    async () => {
      await lab.commit('ed-alice');
      return forAlice(await lab.commit(null, { more: ['--amend'] }));
    },
  ],
  [
    'signed, then its message changed',
    'signature-wrong',
    async () => {
      const signed = await lab.read(await lab.commit('ed-alice'));
      const commit = await lab.write(Buffer.from(`${signed.toString('utf8')}more\n`));
      return forAlice(commit);
    },
  ],
  [
    'signed, then another parent put in',
    'signature-wrong',
    async () => {
      const parent = await lab.commit(null);
      const signed = (await lab.read(await lab.commit('ed-alice'))).toString('utf8');
      const commit = await lab.write(Buffer.from(signed.replace(/\nauthor/, `\nparent ${parent}\nauthor`)));
      return forAlice(commit);
    },
  ],
  ['a signed merge of unsigned commits', 'good', async () => forAlice(await merge(null, 'ed-alice'))],
  [
    'an unsigned merge of signed commits',
    'commit-unsigned',
    async () => forAlice(await merge('ed-alice', null)),
  ],
  [
    'signed for another purpose than Git',
    'signature-wrong',
    async () => {
      const payload = await lab.read(await lab.commit(null));
      const armoured = await lab.sign('ed-alice', payload, 'file');
      return forAlice(await lab.write(withSignature(payload, armoured)));
    },
  ],
  [
    'with a merged tag, an encoding and a signature for SHA-256 besides',
    'good',
    async () => {
      const plain = (await lab.read(await lab.commit(null))).toString('utf8');
      const payload = Buffer.from(
        plain.replace(
          '\n\n',
          '\nencoding ISO-8859-1\nmergetag object 0\n type commit\n gpgsig none\n \n -----BEGIN SSH SIGNATURE-----\n\n',
        ),
      );
      const signed = withSignature(payload, await lab.sign('ed-alice', payload, 'git')).toString('utf8');
      const commit = await lab.write(Buffer.from(signed.replace('\n\n', '\ngpgsig-sha256 one\n two\n\n')));
      return forAlice(commit);
    },
  ],
  [
    'with CRLF and the words of a signature in its message',
    'good',
    async () => {
      const plain = (await lab.read(await lab.commit(null))).toString('utf8');
      const payload = Buffer.from(
        `${plain}gpgsig \r\n-----BEGIN SSH SIGNATURE-----\r\n-----END PGP SIGNATURE-----\r\n`,
      );
      return forAlice(await lab.write(withSignature(payload, await lab.sign('ed-alice', payload, 'git'))));
    },
  ],
  [
    'with the signature of another commit',
    'signature-wrong',
    async () => {
      const other = await lab.read(await lab.commit(null));
      const payload = await lab.read(await lab.commit(null));
      return forAlice(await lab.write(withSignature(payload, await lab.sign('ed-alice', other, 'git'))));
    },
  ],
  [
    'with a signature that is none',
    'signature-wrong',
    async () =>
      forAlice(
        await lab.write(
          withSignature(
            await lab.read(await lab.commit(null)),
            '-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n',
          ),
        ),
      ),
  ],
  [
    'with a signature of an unknown form',
    'signature-unsupported',
    async () =>
      forAlice(
        await lab.write(
          withSignature(
            await lab.read(await lab.commit(null)),
            '-----BEGIN SIGNED MESSAGE-----\nAAAA\n-----END SIGNED MESSAGE-----\n',
          ),
        ),
      ),
  ],
  ...(['ssh-ed25519', 'ecdsa-sha2-nistp256'] as const).map((type): Row => [
    `signed by a key in hardware, ${type}`,
    'good',
    async () => signedByHardware(lab, type, (data) => data),
  ]),
  [
    'signed by a key in hardware while nobody touched it',
    'good',
    async () => signedByHardware(lab, 'ssh-ed25519', (data) => data, 0),
  ],
  [
    'signed by a key in hardware over something else',
    'signature-wrong',
    async () => signedByHardware(lab, 'ssh-ed25519', () => Buffer.from('x')),
  ],
];

async function merge(side: string | null, head: string | null): Promise<string> {
  const before = await lab.commit(side);
  await git(lab.dir, 'checkout', '-q', '-b', `side-${before}`);
  const other = await lab.commit(side);
  await git(lab.dir, 'checkout', '-q', 'main');
  await lab.commit(side);
  await git(lab.dir, 'merge', '-q', '--no-commit', '--no-ff', '--no-gpg-sign', other);
  return lab.commit(head);
}

describe('when a commit is judged', () => {
  it('is refused where it has several signatures, of which git verify-commit looks at the first', async () => {
    const payload = await lab.read(await lab.commit(null));
    const signed = withSignature(payload, await lab.sign('ed-alice', payload, 'git'));
    const twice = await lab.write(withSignature(signed, await lab.sign('ed-eve', payload, 'git')));
    const { commit, policy } = await forAlice(twice);
    expect(await lab.judge(commit, policy)).toMatchObject({ code: 'signature-wrong' });
    expect(await lab.gitAccepts(commit, policy)).toBe(true);
  });

  it.each(rows)('%s: %s, as git verify-commit says', async (_what, verdict, make) => {
    const { commit, policy } = await make();
    const judged = await lab.judge(commit, policy);
    expect(judged.kind === 'good' ? 'good' : judged.code, JSON.stringify(judged)).toBe(verdict);
    expect(await lab.gitAccepts(commit, policy)).toBe(verdict === 'good');
  });
});
