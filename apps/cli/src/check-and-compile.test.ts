// SPDX-License-Identifier: Apache-2.0
import { git, tempDir } from '@fairlead/testing';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { devices, fairlead, newFleet, newSignedFleet } from './fairlead.fixture.ts';

const json = ['--output', 'json'];

async function newEmptyRepository(): Promise<string> {
  const dir = await tempDir('empty');
  await git(dir, 'init', '--quiet', '--initial-branch=main');
  return dir;
}

const answer = (stdout: string) => JSON.parse(stdout);

describe('when a fleet is checked', () => {
  it('says that all is well, of the commit and not of the work tree', async () => {
    const { dir, head } = await newSignedFleet();
    const { code, stdout } = await fairlead(['check', ...json], { cwd: dir });
    expect({ code, answer: answer(stdout) }).toEqual({
      code: 0,
      answer: { ok: true, commit: head, diagnostics: [] },
    });
    expect(await fairlead(['check', '--repo', dir])).toMatchObject({
      code: 0,
      stdout: `no errors in commit ${head.slice(0, 10)}\n`,
      stderr: '',
    });
  });

  it('tells all diagnostics with file, line, code and hint, and ends with 1', async () => {
    const { dir, commit } = await newFleet();
    const head = await commit({
      'fleet.json': '{\n  "id": "5f4be3c2-8f0d-4c57-9a41-6f1f0d0c7e11",\n  "grups": {}\n}\n',
      'devices.json': '{',
    });
    const { code, stdout } = await fairlead(['check', '--repo', dir, ...json]);
    const { ok, commit: checked, diagnostics } = answer(stdout);
    expect({ code, ok, checked }).toEqual({ code: 1, ok: false, checked: head });
    expect(diagnostics).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          file: 'fleet.json',
          line: 3,
          severity: 'error',
          code: expect.any(String),
          hint: expect.any(String),
        }),
      ]),
    );
    expect(new Set(diagnostics.map(({ file }: { file: string }) => file))).toContain('devices.json');
    const text = await fairlead(['check', '--repo', dir]);
    expect(text.stdout).toContain(
      [
        "fleet.json:3:3: error: the key 'grups' is not known here [unknown-key]",
        '  3 |   "grups": {}',
        '    |   ^^^^^^^',
        "  hint: Did you mean 'groups'? Keys of your own begin with x-.",
      ].join('\n'),
    );
    expect(text.stdout).not.toContain('\u001b');
    const sarif = await fairlead(['check', '--repo', dir, '--output', 'sarif']);
    expect({ code: sarif.code, level: answer(sarif.stdout).runs[0].results[0].level }).toEqual({
      code: 1,
      level: 'error',
    });
    const github = await fairlead(['check', '--repo', dir, '--output', 'github']);
    expect(github.stdout).toMatch(/^::error file=fleet\.json,line=3,/m);
    expect(github.stdout).toMatch(/^\d errors, 1 note in commit [0-9a-f]{10}\n$/m);
  });

  it('finds a commit by branch, tag, short id and relation', async () => {
    const { dir, commit } = await newFleet();
    const first = (await git(dir, 'rev-parse', 'HEAD')).trim();
    const second = await commit({ 'README.md': 'more' });
    await git(dir, 'tag', '--annotate', '--message', 'release', 'v1', first);
    await git(dir, 'pack-refs', '--all');
    const commitOf = async (revision: string) =>
      answer((await fairlead(['check', '--repo', dir, '--commit', revision, ...json])).stdout).commit;
    expect(await commitOf('main')).toBe(second);
    expect(await commitOf('v1')).toBe(first);
    expect(await commitOf(first.slice(0, 10))).toBe(first);
    expect(await commitOf('HEAD~1')).toBe(first);
    expect(await commitOf(first)).toBe(first);
  });

  it('reads a bare repository and one whose HEAD is no branch', async () => {
    const { dir, head } = await newSignedFleet();
    const bare = join(await tempDir('bare'), 'fleet.git');
    await git(dir, 'clone', '--quiet', '--bare', dir, bare);
    expect(answer((await fairlead(['check', '--repo', bare, ...json])).stdout)).toMatchObject({
      ok: true,
      commit: head,
    });
    await git(dir, 'checkout', '--quiet', '--detach');
    expect(answer((await fairlead(['check', '--repo', dir, ...json])).stdout)).toMatchObject({
      ok: true,
      commit: head,
    });
  });
});

describe('when the work tree is checked', () => {
  it('looks at what is not committed yet, and leaves what is', async () => {
    const { dir } = await newSignedFleet();
    await writeFile(join(dir, 'fleet.json'), '{\n  "id": 5\n}\n');
    expect(await fairlead(['check', '--repo', dir])).toMatchObject({ code: 0 });
    const { code, stdout } = await fairlead(['check', '--worktree', '--repo', dir, ...json]);
    expect({ code, ...answer(stdout) }).toMatchObject({
      code: 1,
      ok: false,
      commit: null,
      diagnostics: expect.arrayContaining([expect.objectContaining({ file: 'fleet.json', line: 2 })]),
    });
    expect((await fairlead(['check', '--worktree'], { cwd: dir })).stdout).toContain('  2 |   "id": 5\n');
  });

  it('says that all is well, before the first commit too', async () => {
    const { dir } = await newSignedFleet();
    expect(await fairlead(['check', '--worktree', '--repo', dir])).toEqual({
      code: 0,
      stdout: 'no errors in the work tree\n',
      stderr: '',
    });
    const empty = await newEmptyRepository();
    await writeFile(join(empty, 'fleet.json'), '{"id":"5f4be3c2-8f0d-4c57-9a41-6f1f0d0c7e11","groups":{}}');
    expect(await fairlead(['check', '--worktree', '--repo', empty])).toMatchObject({ code: 0 });
  });

  it('is misuse together with a commit', async () => {
    const { dir } = await newFleet();
    const ran = await fairlead(['check', '--worktree', '--commit', 'HEAD', '--repo', dir, ...json]);
    expect({ code: ran.code, error: answer(ran.stdout).error.code }).toEqual({ code: 2, error: 'misuse' });
  });
});

describe('when the repository cannot be asked', () => {
  it.each([
    ['no repository', async () => tempDir('empty'), 'repository-missing'],
    ['an empty one', async () => newEmptyRepository(), 'repository-empty'],
  ])('ends with 3 for %s', async (_what, make, code) => {
    const dir = await make();
    const ran = await fairlead(['check', '--repo', dir, ...json]);
    expect({ code: ran.code, error: answer(ran.stdout).error.code }).toEqual({ code: 3, error: code });
  });

  it('ends with 3 for a commit that is not there', async () => {
    const { dir } = await newFleet();
    for (const revision of ['no-such', 'f'.repeat(40), '--help']) {
      const ran = await fairlead(['check', '--repo', dir, `--commit=${revision}`, ...json]);
      expect(ran.code).toBe(3);
      expect(answer(ran.stdout).error).toMatchObject({
        message: expect.any(String),
        hint: expect.any(String),
      });
    }
  });
});

describe('when a commit is compiled', () => {
  it('tells revision, counter, root and the target of each device', async () => {
    const { dir, head } = await newSignedFleet();
    const { code, stdout } = await fairlead(['compile', '--commit', 'HEAD', '--repo', dir, ...json]);
    const compiled = answer(stdout);
    const digest = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);
    expect({ code, compiled }).toEqual({
      code: 0,
      compiled: {
        revision: digest,
        counter: 2,
        commit: head,
        root: digest,
        targets: { [devices[0]]: digest, [devices[1]]: digest },
      },
    });
    expect(compiled.targets[devices[0]]).toBe(compiled.targets[devices[1]]);
  });

  it('is the same in another process with another locale, time zone and umask', async () => {
    const { dir } = await newSignedFleet();
    const out = join(await tempDir('out'), 'compiled.json');
    const args = ['compile', '--repo', dir, ...json];
    const { stdout } = await fairlead(args, { env: { LANG: 'C', TZ: 'UTC' } });
    const other = await fairlead([...args, '--out', out], {
      env: { LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', TZ: 'Pacific/Kiritimati' },
    });
    expect(other).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await readFile(out, 'utf8')).toBe(stdout);
  });

  it('answers as check does for a commit with errors, and ends with 1', async () => {
    const { dir, commit } = await newFleet();
    const head = await commit({ 'devices.json': { [devices[0]]: { group: 'nowhere' } } });
    const { code, stdout } = await fairlead(['compile', '--repo', dir, ...json]);
    expect({ code, ...answer(stdout) }).toMatchObject({ code: 1, ok: false, commit: head });
    expect(answer(stdout).diagnostics.length).toBeGreaterThan(0);
    expect((await fairlead(['compile', '--repo', dir])).stdout).toContain('devices.json:');
  });

  it('refuses a fleet that has no first root yet', async () => {
    const { dir } = await newFleet();
    const { code, stdout } = await fairlead(['compile', '--repo', dir, ...json]);
    expect({ code, codes: answer(stdout).diagnostics.map((each: { code: string }) => each.code) }).toEqual({
      code: 1,
      codes: ['root-missing'],
    });
  });
});
