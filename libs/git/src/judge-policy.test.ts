// SPDX-License-Identifier: Apache-2.0
import { git, tempDir } from '@fairlead/testing';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { judgePolicy, type PolicyVerdict } from './judge-policy.ts';
import { newSigningLab, type SigningLab } from './signing.fixture.ts';

/** Each runs many programs. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

type Files = Readonly<Record<string, string | null>>;

/** Commits the files (null: removed), signed by somebody. */
async function change(lab: SigningLab, signer: string | null, files: Files): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(lab.dir, path);
    await mkdir(dirname(file), { recursive: true });
    if (content === null) await rm(file);
    else await writeFile(file, content);
  }
  await git(lab.dir, 'add', '-A');
  return lab.commit(signer);
}

async function judge(lab: SigningLab, commit: string, deployed: string | null): Promise<PolicyVerdict> {
  const verdict = await judgePolicy(lab.repository.objects, commit, deployed);
  if (!verdict.ok) throw new Error(verdict.error.message);
  return verdict.value;
}

const allowed = 'trust/allowed_signers';
const lineOf = async (lab: SigningLab, name: string): Promise<string> =>
  `${name}@example.org ${await lab.key(name)}\n`;

describe('when a fleet has no policy', () => {
  it('takes any commit, and the first policy that somebody brings', async () => {
    const lab = await newSigningLab(await tempDir('policy'));
    const first = await change(lab, null, { 'fleet.json': '{}' });
    expect(await judge(lab, first, null)).toEqual({ kind: 'free' });
    const second = await change(lab, null, { [allowed]: await lineOf(lab, 'ed-alice') });
    expect(await judge(lab, second, first)).toEqual({ kind: 'free' });
    expect(await judge(lab, await change(lab, null, { 'fleet.json': '{ }' }), second)).toMatchObject({
      code: 'commit-unsigned',
    });
  });
});

describe('when the first commit brings a policy', () => {
  it('is judged by its own', async () => {
    const lab = await newSigningLab(await tempDir('policy'));
    const files = { [allowed]: await lineOf(lab, 'ed-alice') };
    expect(await judge(lab, await change(lab, 'ed-eve', files), null)).toMatchObject({
      code: 'signer-unknown',
    });
    expect(await judge(lab, await change(lab, 'ed-alice', files), null)).toMatchObject({
      kind: 'good',
      signer: 'ed-alice@example.org',
      key: expect.stringMatching(/^SHA256:/),
    });
  });
});

describe('when the files change', () => {
  it('counts what was deployed, not what the push itself brings', async () => {
    const lab = await newSigningLab(await tempDir('policy'));
    const first = await change(lab, 'ed-alice', { [allowed]: await lineOf(lab, 'ed-alice') });
    const byEve = await change(lab, 'ed-eve', {
      [allowed]: (await lineOf(lab, 'ed-alice')) + (await lineOf(lab, 'ed-eve')),
    });
    expect(await judge(lab, byEve, first)).toMatchObject({ code: 'signer-unknown' });
    // What was refused since does not count either.
    expect(await judge(lab, await lab.commit('ed-eve'), first)).toMatchObject({ code: 'signer-unknown' });
    const handedOver = await change(lab, 'ed-alice', { [allowed]: await lineOf(lab, 'ed-eve') });
    expect(await judge(lab, handedOver, first)).toMatchObject({ kind: 'good' });
    const after = await lab.commit('ed-eve');
    expect(await judge(lab, after, first)).toMatchObject({ code: 'signer-unknown' });
    expect(await judge(lab, after, handedOver)).toMatchObject({ kind: 'good' });
    expect(await judge(lab, await lab.commit('ed-alice'), handedOver)).toMatchObject({
      code: 'signer-unknown',
    });
  });

  it('takes a revocation from the commit after on, and lifts the policy with its last file', async () => {
    const lab = await newSigningLab(await tempDir('policy'));
    const both = (await lineOf(lab, 'ed-alice')) + (await lineOf(lab, 'ed-bob'));
    const first = await change(lab, 'ed-alice', { [allowed]: both });
    const revoking = await change(lab, 'ed-bob', {
      'trust/revoked_signers': `${await lab.key('ed-bob')} bob\n`,
    });
    expect(await judge(lab, revoking, first)).toMatchObject({ kind: 'good' });
    expect(await judge(lab, await lab.commit('ed-bob'), revoking)).toMatchObject({ code: 'signer-revoked' });
    const lifted = await change(lab, 'ed-alice', { [allowed]: null });
    expect(await judge(lab, lifted, revoking)).toMatchObject({ kind: 'good' });
    expect(await judge(lab, await lab.commit(null), lifted)).toEqual({ kind: 'free' });
  });

  it('refuses files that nobody could meet, or that are not understood, with every line', async () => {
    const lab = await newSigningLab(await tempDir('policy'));
    const first = await change(lab, 'ed-alice', { [allowed]: await lineOf(lab, 'ed-alice') });
    const key = await lab.key('ed-alice');
    const crowd = 'a@b,'.repeat(501);
    const cases: readonly (readonly [Files, readonly { file: string; line: number }[]])[] = [
      [{ [allowed]: '# nobody\n' }, [{ file: allowed, line: 1 }]],
      [{ [allowed]: `a@b ${key}\n${crowd} ${key}\n` }, [{ file: allowed, line: 2 }]],
      [
        { [allowed]: `a@b ${key}\n\nalice\na@b cert-authority ${key}\n` },
        [
          { file: allowed, line: 3 },
          { file: allowed, line: 4 },
        ],
      ],
      [
        {
          [allowed]: `a@b valid-after="20270230" ${key}\na@b valid-after="20270201",valid-before="20270101" ${key}\n`,
        },
        [
          { file: allowed, line: 1 },
          { file: allowed, line: 2 },
        ],
      ],
      [
        { [allowed]: `a@b namespaces="git",NAMESPACES="x" ${key}\na@b colour="red" ${key}\n` },
        [
          { file: allowed, line: 1 },
          { file: allowed, line: 2 },
        ],
      ],
      [{ [allowed]: `a@b ${key}\n`, 'trust/revoked_signers': `${key}\n` }, [{ file: allowed, line: 1 }]],
      [
        { [allowed]: `a@b ${key}\n`, 'trust/revoked_signers': 'SSHKRL\n' },
        [{ file: 'trust/revoked_signers', line: 1 }],
      ],
      [{ [allowed]: '#'.repeat(2 ** 20 + 1), 'trust/revoked_signers': null }, [{ file: allowed, line: 1 }]],
    ];
    for (const [files, problems] of cases) {
      const commit = await change(lab, 'ed-alice', files);
      expect(await judge(lab, commit, first)).toMatchObject({
        kind: 'malformed',
        code: 'signers-malformed',
        problems,
      });
    }
    await rm(join(lab.dir, allowed));
    await symlink('/dev/null', join(lab.dir, allowed));
    expect(await judge(lab, await change(lab, 'ed-alice', {}), first)).toMatchObject({ kind: 'malformed' });
  });
});

describe('when a pattern is made to be slow', () => {
  it('is answered all the same', async () => {
    const lab = await newSigningLab(await tempDir('policy'));
    const whose = `${'a'.repeat(999)},${'*a'.repeat(499)}b`;
    const first = await change(lab, 'ed-alice', { [allowed]: `${whose} ${await lab.key('ed-alice')}\n` });
    expect(await judge(lab, first, null)).toMatchObject({ kind: 'good' });
  });
});
