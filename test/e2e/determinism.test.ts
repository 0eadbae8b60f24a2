// SPDX-License-Identifier: Apache-2.0
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git, runOk, tempDir, workspaceRoot } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';

interface Printed {
  readonly surroundings: {
    readonly locale: string;
    readonly timeZone: string;
    readonly umask: number;
    readonly sorted: string;
  };
  readonly meaning: {
    readonly manifest: string;
    readonly targets: readonly (readonly [string, string])[];
    readonly groups: readonly (readonly [string, readonly string[]])[];
    readonly diagnostics: readonly unknown[];
  };
}

interface Surroundings {
  readonly locale: string;
  readonly zone: string;
  readonly umask: string;
}

/** The example's files as a repository of two commits: what runs there is what this test looks at. */
async function exampleRepository(): Promise<string> {
  const repo = await tempDir('determinism');
  const example = join(workspaceRoot, 'fleet-example');
  await git(repo, 'init', '-q', '-b', 'main');
  for (const name of ['fleet.json', 'devices.json', 'running'])
    await cp(join(example, name), join(repo, name), { recursive: true });
  await mkdir(join(repo, 'trust/root'), { recursive: true });
  await writeFile(join(repo, 'trust/root/1.json'), '{"any":"root"}\n');
  await commitAll(repo, 'Begin');
  await mkdir(join(repo, 'devices'));
  const id = (digit: string): string => `${digit.repeat(8)}-0000-4000-8000-000000000000`;
  for (const [name, digit] of [
    ['zürich', '3'],
    ['Izmir', '1'],
    ['izmir', '2'],
    ['åland', '4'],
  ] as const) {
    await writeFile(
      join(repo, 'devices', `${name}.json`),
      JSON.stringify({ [id(digit)]: { name, group: 'sensors', vars: { site: name } } }),
    );
  }
  await commitAll(repo, 'More devices');
  return repo;
}

async function commitAll(repo: string, message: string): Promise<void> {
  await git(repo, 'add', '-A');
  await git(repo, '-c', 'commit.gpgsign=false', 'commit', '-q', '-m', message);
}

async function compileIn(repo: string, { locale, zone, umask }: Surroundings): Promise<Printed> {
  const program = join(import.meta.dirname, 'compile-commit.fixture.ts');
  const env = { LANG: locale, LC_ALL: locale, TZ: zone };
  return JSON.parse(
    await runOk(process.execPath, ['--conditions=@fairlead/source', program, repo, umask], {
      cwd: workspaceRoot,
      env,
    }),
  ) as Printed;
}

describe('when the same commit is compiled on two machines', () => {
  it('gives the same bytes, whatever locale, time zone, umask and packing of objects', async () => {
    const loose = await exampleRepository();
    const packed = join(await tempDir('packed'), 'bare.git');
    await runOk('git', ['clone', '-q', '--bare', '--no-local', loose, packed]);
    await git(packed, 'gc', '-q', '--aggressive', '--prune=now');
    expect((await readdir(join(loose, '.git/objects'))).filter((name) => name.length === 2)).not.toEqual([]);
    expect((await readdir(join(packed, 'objects'))).filter((name) => name.length === 2)).toEqual([]);

    const here = await compileIn(loose, { locale: 'C', zone: 'UTC', umask: '022' });
    const there = await compileIn(packed, {
      locale: 'sv_SE.UTF-8',
      zone: 'Pacific/Kiritimati',
      umask: '077',
    });

    // The two really live in different surroundings.
    expect(there.surroundings.timeZone).not.toBe(here.surroundings.timeZone);
    expect(there.surroundings.umask).not.toBe(here.surroundings.umask);
    expect(there.surroundings.sorted).not.toBe(here.surroundings.sorted);
    expect(there.meaning).toEqual(here.meaning);
  });

  it('compiles the example: two groups, nothing to remark, the generation as counter', async () => {
    const { meaning } = await compileIn(await exampleRepository(), {
      locale: 'C',
      zone: 'UTC',
      umask: '022',
    });
    expect(meaning.diagnostics).toEqual([]);
    expect(meaning.groups.map(([name, devices]) => [name, devices.length])).toEqual([
      ['gateways', 1],
      ['sensors', 6],
    ]);
    expect(JSON.parse(meaning.manifest)).toMatchObject({ counter: 2, devices: 7, edition: 1 });
    expect(meaning.targets.map(([device]) => device)).toEqual(
      meaning.targets.map(([device]) => device).toSorted(),
    );
  });
});
