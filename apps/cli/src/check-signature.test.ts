// SPDX-License-Identifier: Apache-2.0
import { git, gitEnv, runOk, tempDir } from '@fairlead/testing';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fairlead, newFleet } from './fairlead.fixture.ts';

/** What `check` says of a commit about signatures. */
async function check(dir: string, commit: string) {
  const { code, stdout } = await fairlead(['check', '--repo', dir, '--commit', commit, '--output', 'json']);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Record<string, unknown>[] };
  const found = diagnostics.filter((each) => /^commit-unsigned|^sign/.test(String(each['code'])));
  return {
    code,
    found: found.map(({ code: own, severity, file, line }) => ({ code: own, severity, file, line })),
  };
}

describe('when a fleet names who may sign its commits', () => {
  it('tells of a head that would be refused, and warns of a commit that a merge may still sign for', async () => {
    const { dir, commit } = await newFleet();
    const key = join(await tempDir('key'), 'alice');
    await runOk('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const signers = 'trust/allowed_signers';
    const named = await commit({ [signers]: `alice@example.org ${await readFile(`${key}.pub`, 'utf8')}` });
    expect(await check(dir, named)).toEqual({ code: 0, found: [] });

    const unsigned = await commit({ 'README.md': 'more' });
    const place = { code: 'commit-unsigned', file: signers, line: 1 };
    expect(await check(dir, 'main')).toEqual({ code: 1, found: [{ ...place, severity: 'error' }] });
    const settings = ['-c', 'gpg.format=ssh', '-c', `user.signingkey=${key}`];
    await runOk('git', [...settings, 'commit', '-q', '-S', '--allow-empty', '-m', 'sign'], {
      cwd: dir,
      env: gitEnv,
    });
    expect(await check(dir, 'main')).toEqual({ code: 0, found: [] });
    expect(await check(dir, unsigned)).toEqual({ code: 0, found: [{ ...place, severity: 'warning' }] });

    await git(dir, 'checkout', '-q', '-b', 'aside');
    await commit({ [signers]: `alice\n\n* cert-authority ${await readFile(`${key}.pub`, 'utf8')}` });
    await runOk('git', [...settings, 'commit', '-q', '-S', '--amend', '--no-edit'], {
      cwd: dir,
      env: gitEnv,
    });
    const malformed = { code: 'signers-malformed', severity: 'error', file: signers };
    expect(await check(dir, 'aside')).toEqual({
      code: 1,
      found: [
        { ...malformed, line: 1 },
        { ...malformed, line: 3 },
      ],
    });
  }, 60_000);
});
