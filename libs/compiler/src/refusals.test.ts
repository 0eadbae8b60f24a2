// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  commitOf,
  compiledOf,
  deviceA,
  deviceB,
  diagnosticsOf,
  fleet,
  fleetId,
  fleetOf,
  run,
  type Files,
} from './commit.fixture.ts';
import { createCompiler } from './compiler.ts';

describe('when devices do not fit', () => {
  const told = async (files: Files) =>
    (await diagnosticsOf({ ...fleet, ...files })).map(
      ({ severity, code, file, line }) => `${severity} ${code} ${file}:${String(line)}`,
    );

  it('refuses a group that does not exist, and a device in two files', async () => {
    expect(
      await told({ 'devices.json': { [deviceA]: { group: 'nroth' }, [deviceB]: { group: 'south' } } }),
    ).toEqual(['error group-undefined devices.json:3', 'error duplicate-device devices/more/x.json:2']);
  });

  it('takes the group named default for those that name none', async () => {
    const files = {
      ...fleet,
      'fleet.json': {
        id: fleetId,
        groups: { default: { 'running-config': ['running/n.json'] }, south: { retired: true } },
      },
      'devices.json': { [deviceA]: {} },
    };
    expect((await compiledOf(files)).devices.get(deviceA)?.group).toBe('default');
  });

  it('only notes a device without any group, and gives it no leaf', async () => {
    expect(await told({ 'devices.json': { [deviceA]: {} } })).toEqual([
      'note group-undefined devices.json:2',
    ]);
    expect((await compiledOf({ ...fleet, 'devices.json': { [deviceA]: {} } })).targets.has(deviceA)).toBe(
      false,
    );
  });
});

describe('when a commit has errors', () => {
  const codes = async (files: Files, removed: readonly string[] = []) =>
    (
      await diagnosticsOf(
        Object.fromEntries(
          Object.entries({ ...fleet, ...files }).filter(([path]) => !removed.includes(path)),
        ),
      )
    ).map(({ severity, code, file }) => `${severity} ${code} ${file}`);

  it.each<readonly [string, Files, readonly string[]]>([
    [
      'a missing file',
      {
        'fleet.json': {
          id: fleetId,
          groups: { south: { 'running-config': ['running/t.json'] }, north: { retired: true } },
        },
      },
      ['error file-missing fleet.json'],
    ],
    [
      'a path that leaves',
      {
        'fleet.json': {
          id: fleetId,
          groups: { south: { 'running-config': ['../x'] }, north: { retired: true } },
        },
      },
      ['error path-unsafe fleet.json'],
    ],
    [
      'an unknown edition',
      {
        'fleet.json': {
          id: fleetId,
          edition: 9,
          groups: { south: { retired: true }, north: { retired: true } },
        },
      },
      ['error edition-unknown fleet.json'],
    ],
    [
      'a pod that is not locked',
      { 'fleet.json': { id: fleetId, groups: { south: { pod: 'p@1' }, north: { retired: true } } } },
      ['error reference-unlocked fleet.json'],
    ],
    [
      'a desired state that is not there',
      {
        'fleet.json': {
          id: fleetId,
          groups: { south: { 'desired-state': ['d'] }, north: { retired: true } },
        },
      },
      ['error file-missing fleet.json'],
    ],
    [
      'a window that is none',
      {
        'fleet.json': {
          id: fleetId,
          groups: {
            south: { 'running-config': ['running/s.json'], apply: { window: 'often', duration: '1h' } },
            north: { retired: true },
          },
        },
      },
      ['error invalid-value fleet.json'],
    ],
    ['broken JSON', { 'running/n.json': '{' }, ['error json-syntax running/n.json']],
    [
      'a pointer of large file storage',
      { 'running/n.json': 'version https://git-lfs.github.com/spec/v1\n' },
      ['error lfs-pointer running/n.json'],
    ],
    ['a large file', { 'running/n.json': ' '.repeat(2 ** 20 + 1) }, ['error file-too-large running/n.json']],
    ['a bad offset', { 'trust/history.json': { offset: -1 } }, ['error invalid-value trust/history.json']],
    [
      'a value that no device would take',
      { 'running/n.json': run('x'.repeat(140_000)) },
      ['error invalid-value fleet.json'],
    ],
  ])('refuses %s', async (_what, files, remarks) => {
    expect(await codes(files)).toEqual(remarks);
    expect(await createCompiler().compile(commitOf({ ...fleet, ...files }))).toMatchObject({
      kind: 'refused',
    });
  });

  it('reports those of all files at once, in order', async () => {
    expect(
      await codes({
        'running/n.json': '{',
        'running/s.json': { config: 'running', jobs: [{ job: 'a' }], wat: 1 },
        'devices.json': { x: { group: 'north' } },
      }),
    ).toEqual([
      'error invalid-uuid devices.json',
      'error json-syntax running/n.json',
      'error missing-command running/s.json',
      'error unknown-key running/s.json',
    ]);
  });

  it('needs fleet.json', async () => {
    expect(await codes({}, ['fleet.json'])).toEqual(['error fleet-missing fleet.json']);
  });

  it('refuses links and submodules wherever they stand, and does not read them', async () => {
    const reads: string[] = [];
    const entries = {
      'running/n.json': { oid: 'e'.repeat(40), kind: 'symlink' },
      'vendor/x': { oid: 'f'.repeat(40), kind: 'submodule' },
    } as const;
    const found = await createCompiler().check(commitOf(fleet, { entries, reads }));
    expect(found.map(({ code, file }) => `${code} ${file}`)).toEqual([
      'not-a-file running/n.json',
      'not-a-file vendor/x',
    ]);
    expect(reads).not.toContain('e'.repeat(40));
  });

  it('compiles nothing without a first root, which check only notes', async () => {
    const { 'trust/root/1.json': _root, ...bare } = fleet;
    expect(await codes({}, ['trust/root/1.json'])).toEqual(['note root-missing trust/root/1.json']);
    expect(await createCompiler().compile(commitOf(bare))).toMatchObject({
      kind: 'refused',
      diagnostics: [{ severity: 'error', code: 'root-missing' }],
    });
  });

  it('takes a devices.json of more than one MiB', async () => {
    const padded = JSON.stringify({ [deviceA]: { group: 'north', name: 'n' } }) + ' '.repeat(2 ** 21);
    expect((await compiledOf({ ...fleet, 'devices.json': padded })).targets.has(deviceA)).toBe(true);
  });
});

describe('when a commit asks for what this release cannot do', () => {
  it.each<readonly [string, Files, RegExp, RegExp]>([
    [
      'an image of the system',
      {
        ...fleet,
        'fleet.json': {
          id: fleetId,
          groups: { north: { 'desired-state': ['d.json'] }, south: { retired: true } },
        },
        'd.json': { domains: [{ id: 'self-update', components: [{ id: 'os-image', version: '2' }] }] },
      },
      /components of the domain 'self-update' cannot be deployed/,
      /the domain 'containers'/,
    ],
  ])('says so plainly, and what to do instead: %s', async (_what, files, message, hint) => {
    const found = await diagnosticsOf(files);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ severity: 'error', code: 'source-unsupported' });
    expect(found[0]?.message).toMatch(message);
    expect(found[0]?.hint).toMatch(hint);
  });
});

describe('when nearly everything is wrong', () => {
  it('shows the first thousand, errors before remarks, says that there are more, and ends soon', async () => {
    const jobs = Array.from({ length: 900 }, (_, index) => ({
      job: `job-${String(index)}`,
      exec_cmd: 'x',
      pgid: 1,
      depends_on: [`jbo-${String(index)}`, 'nobody'],
    }));
    const found = await diagnosticsOf(fleetOf({ jobs }));
    expect(found).toHaveLength(1_001);
    expect(found.filter(({ severity }) => severity === 'error')).toHaveLength(1_000);
    expect(found.at(-1)).toMatchObject({
      severity: 'note',
      code: 'too-many',
      message: 'only the first 1000 diagnostics are shown',
    });
  });
});
