// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import { leafBytes, leafHash, parseManifest, revisionId, verifyInclusion } from '@fairlead/trust/verify';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, commitOf, compiledOf, deviceA, deviceB, diagnosticsOf, fleetId, fleetOf, targetOf, type Files } from './commit.fixture.ts';
import { createCompiler } from './compiler.ts';

const deviceC = '9a63d0f4-25be-47c8-a7f1-1e4c8b5d2f03';
const run = (program: string): object => ({ config: 'running', jobs: [{ job: 'a', exec_cmd: program }] });

/** Two groups, three devices, one of them in a shard and in upper case. */
const fleet: Files = {
  'fleet.json': { id: fleetId, groups: { north: { 'running-config': ['./running/n.json'] }, south: { 'running-config': ['running/s.json'] }, idle: { retired: true } } },
  'devices.json': { [deviceC]: { group: 'south' }, [deviceA]: { name: 'first', group: 'north' } },
  'devices/more/x.json': { [deviceB.toUpperCase()]: { group: 'south' } },
  'trust/root/1.json': { any: 'thing' },
  'running/n.json': run('/n'),
  'running/s.json': run('/s'),
};

describe('when a commit has no errors', () => {
  it('gives each device the target of its group, in byte order of ids', async () => {
    const compiled = await compiledOf(fleet);
    expect([...compiled.targets.keys()]).toEqual([deviceA, deviceB, deviceC]);
    expect(compiled.devices.get(deviceA)).toEqual({ name: 'first', group: 'north', index: 0, target: compiled.targets.get(deviceA) });
    expect(targetOf(compiled, deviceA).units[0]?.program).toBe('/n');
    expect(compiled.targets.get(deviceB)).toBe(compiled.targets.get(deviceC));
    expect([...compiled.groups]).toEqual([['idle', []], ['north', [deviceA]], ['south', [deviceB, deviceC]]]);
    for (const [digest, bytes] of compiled.bodies) expect(sha256(bytes)).toBe(digest);
  });

  it('says in the manifest what the commit means, and proves the place of each device in it', async () => {
    const compiled = await compiledOf(fleet);
    expect(parseManifest(compiled.manifestBytes)).toEqual({ ok: true, value: compiled.manifest });
    expect(compiled.manifest).toMatchObject({
      format: 1, edition: 1, fleet: sha256(bytesOf(fleet['trust/root/1.json'])), branch: 'main', commit: 'c'.repeat(40), tree: 'd'.repeat(40),
      time: '2026-01-02T03:04:05Z', counter: 7, devices: 3,
    });
    expect(compiled.revision).toBe(revisionId(compiled.manifestBytes));
    for (const [device, { index, target }] of compiled.devices) {
      const inclusion = { leaf: leafHash(leafBytes(device, target)), index, count: 3, proof: compiled.tree.proof(index), root: compiled.tree.root };
      expect(verifyInclusion(inclusion)).toBe(true);
    }
  });

  it('puts nothing of the commit and of the device into a target', async () => {
    const compiled = await compiledOf(fleet);
    const text = [...compiled.bodies.values()].map((bytes) => Buffer.from(bytes).toString()).join('');
    expect([deviceA, deviceB, deviceC, 'c'.repeat(40), '2026-01-02'].filter((part) => text.toLowerCase().includes(part))).toEqual([]);
  });

  it('adds the offset of accepted rewrites to the counter', async () => {
    expect((await compiledOf({ ...fleet, 'trust/history.json': { offset: 100, replaced: ['a'.repeat(40)] } })).manifest.counter).toBe(107);
  });

  it('gives a retired group a target without units', async () => {
    const compiled = await compiledOf({ ...fleet, 'devices.json': { [deviceA]: { group: 'idle' } } });
    expect(targetOf(compiled)).toEqual({ format: 1, units: [] });
  });
});

describe('when devices do not fit', () => {
  const told = async (files: Files) => (await diagnosticsOf({ ...fleet, ...files })).map(({ severity, code, file, line }) => `${severity} ${code} ${file}:${String(line)}`);

  it('refuses a group that does not exist, and a device in two files', async () => {
    expect(await told({ 'devices.json': { [deviceA]: { group: 'nroth' }, [deviceB]: { group: 'south' } } })).toEqual([
      'error group-undefined devices.json:3',
      'error duplicate-device devices/more/x.json:2',
    ]);
  });

  it('takes the group named default for those that name none', async () => {
    const files = { ...fleet, 'fleet.json': { id: fleetId, groups: { default: { 'running-config': ['running/n.json'] }, south: { retired: true } } }, 'devices.json': { [deviceA]: {} } };
    expect((await compiledOf(files)).devices.get(deviceA)?.group).toBe('default');
  });

  it('only notes a device without any group, and gives it no leaf', async () => {
    expect(await told({ 'devices.json': { [deviceA]: {} } })).toEqual(['note group-undefined devices.json:2']);
    expect((await compiledOf({ ...fleet, 'devices.json': { [deviceA]: {} } })).targets.has(deviceA)).toBe(false);
  });
});

describe('when a commit has errors', () => {
  const codes = async (files: Files, removed: readonly string[] = []) =>
    (await diagnosticsOf(Object.fromEntries(Object.entries({ ...fleet, ...files }).filter(([path]) => !removed.includes(path))))).map(({ severity, code, file }) => `${severity} ${code} ${file}`);

  it.each<readonly [string, Files, readonly string[]]>([
    ['a missing file', { 'fleet.json': { id: fleetId, groups: { south: { 'running-config': ['running/t.json'] }, north: { retired: true } } } }, ['error file-missing fleet.json']],
    ['a path that leaves', { 'fleet.json': { id: fleetId, groups: { south: { 'running-config': ['../x'] }, north: { retired: true } } } }, ['error path-unsafe fleet.json']],
    ['an unknown edition', { 'fleet.json': { id: fleetId, edition: 9, groups: { south: { retired: true }, north: { retired: true } } } }, ['error edition-unknown fleet.json']],
    ['a pod', { 'fleet.json': { id: fleetId, groups: { south: { pod: 'p@1' }, north: { retired: true } } } }, ['error source-unsupported fleet.json']],
    ['a desired state', { 'fleet.json': { id: fleetId, groups: { south: { 'desired-state': ['d'] }, north: { retired: true } } } }, ['error source-unsupported fleet.json']],
    ['a window', { 'fleet.json': { id: fleetId, groups: { south: { 'running-config': ['running/s.json'], apply: 'idle' }, north: { retired: true } } } }, ['error source-unsupported fleet.json']],
    ['broken JSON', { 'running/n.json': '{' }, ['error json-syntax running/n.json']],
    ['a pointer of large file storage', { 'running/n.json': 'version https://git-lfs.github.com/spec/v1\n' }, ['error lfs-pointer running/n.json']],
    ['a large file', { 'running/n.json': ' '.repeat(2 ** 20 + 1) }, ['error file-too-large running/n.json']],
    ['a bad offset', { 'trust/history.json': { offset: -1 } }, ['error invalid-value trust/history.json']],
    ['a value that no device would take', { 'running/n.json': run('x'.repeat(140_000)) }, ['error invalid-value fleet.json']],
  ])('refuses %s', async (_what, files, remarks) => {
    expect(await codes(files)).toEqual(remarks);
    expect(await createCompiler().compile(commitOf({ ...fleet, ...files }))).toMatchObject({ kind: 'refused' });
  });

  it('reports those of all files at once, in order', async () => {
    expect(await codes({ 'running/n.json': '{', 'running/s.json': { config: 'running', jobs: [{ job: 'a' }], wat: 1 }, 'devices.json': { x: {} } })).toEqual([
      'error invalid-uuid devices.json', 'error json-syntax running/n.json', 'error missing-command running/s.json', 'error unknown-key running/s.json',
    ]);
  });

  it('needs fleet.json', async () => {
    expect(await codes({}, ['fleet.json'])).toEqual(['error fleet-missing fleet.json']);
  });

  it('refuses links and submodules wherever they stand, and does not read them', async () => {
    const reads: string[] = [];
    const entries = { 'running/n.json': { oid: 'e'.repeat(40), kind: 'symlink' }, 'vendor/x': { oid: 'f'.repeat(40), kind: 'submodule' } } as const;
    const found = await createCompiler().check(commitOf(fleet, { entries, reads }));
    expect(found.map(({ code, file }) => `${code} ${file}`)).toEqual(['not-a-file running/n.json', 'not-a-file vendor/x']);
    expect(reads).not.toContain('e'.repeat(40));
  });

  it('compiles nothing without a first root, which check only notes', async () => {
    const { 'trust/root/1.json': _root, ...bare } = fleet;
    expect(await codes({}, ['trust/root/1.json'])).toEqual(['note root-missing trust/root/1.json']);
    expect(await createCompiler().compile(commitOf(bare))).toMatchObject({ kind: 'refused', diagnostics: [{ severity: 'error', code: 'root-missing' }] });
  });

  it('takes a devices.json of more than one MiB', async () => {
    const padded = JSON.stringify({ [deviceA]: { group: 'north', name: 'n' } }) + ' '.repeat(2 ** 21);
    expect((await compiledOf({ ...fleet, 'devices.json': padded })).targets.has(deviceA)).toBe(true);
  });
});

describe('when commits follow each other', () => {
  it('reads only what changed, and means the same as from the start', async () => {
    const compiler = createCompiler();
    const reads: string[] = [];
    await compiler.compile(commitOf(fleet));
    const changed = { ...fleet, 'running/s.json': run('/changed') };
    const warm = await compiler.compile(commitOf(changed, { reads }));
    expect(reads).toHaveLength(1);
    const { tree: warmTree, ...warmRest } = warm.kind === 'compiled' ? warm : await compiledOf({});
    const { tree: coldTree, ...coldRest } = await compiledOf(changed);
    expect(warmRest).toEqual(coldRest);
    expect([0, 1, 2].map((index) => warmTree.proof(index))).toEqual([0, 1, 2].map((index) => coldTree.proof(index)));
  });

  it('keeps no error of an earlier commit', async () => {
    const compiler = createCompiler();
    expect((await compiler.compile(commitOf({ ...fleet, 'running/n.json': '{' }))).kind).toBe('refused');
    expect((await compiler.compile(commitOf(fleet))).kind).toBe('compiled');
    expect((await compiler.compile(commitOf({ ...fleet, 'running/n.json': '{' }))).kind).toBe('refused');
  });

  it('changes no target by what says nothing about it', async () => {
    const before = await compiledOf(fleet);
    const after = await compiledOf({ ...fleet, 'README.md': 'hello', 'running/s.json': run('/other') });
    expect(after.targets.get(deviceA)).toBe(before.targets.get(deviceA));
    expect(after.manifest.root).not.toBe(before.manifest.root);
  });
});

describe('when the same content stands in another order', () => {
  const services = ['a', 'b', 'c', 'd'].map((job, index, all) => ({ job, exec_cmd: `/${job}`, depends_on: all.slice(0, index), env: [`N=${job}`] }));
  const members = ['m', 'n'].map((job) => ({ job, composite_id: 'grp', container_template: 't' }));
  const templates = [{ name: 't', exec_cmd: '/t', send_composite_jobs_to_stdin: true }];
  const configs = services.flatMap(({ job }) => ['one', 'default'].map((name) => ({ name, job, data: name })));
  const groups = { g: { 'running-config': ['r.json'] }, h: { retired: true } };
  const devices = { [deviceA]: { group: 'g' }, [deviceB]: { group: 'h' }, [deviceC]: { group: 'g' } };
  const files = (order: <T>(items: readonly T[]) => readonly T[]): Files => {
    const keys = (value: object): object => Object.fromEntries(order(Object.entries(value)));
    return keys({
      'fleet.json': { groups: keys(groups), id: fleetId },
      'devices.json': keys(devices),
      'trust/root/1.json': {},
      'r.json': keys({ config: 'running', jobs: order([...services, ...members]).map(keys), templates, configs: order(configs).map(keys) }),
    }) as Files;
  };

  it('gives the same bytes', async () => {
    const expected = await compiledOf(files((items) => items));
    await fc.assert(fc.asyncProperty(fc.infiniteStream(fc.nat()), async (numbers) => {
      const shuffled = <T>(items: readonly T[]): readonly T[] =>
        items.map((item) => [Number(numbers.next().value), item] as const).toSorted(([a], [b]) => a - b).map(([, item]) => item);
      const compiled = await compiledOf(files(shuffled));
      expect(Buffer.from(compiled.manifestBytes).toString()).toBe(Buffer.from(expected.manifestBytes).toString());
      expect([...compiled.bodies]).toEqual([...expected.bodies]);
    }), { numRuns: 30 });
  });
});

describe('when anything at all is compiled', () => {
  const word = fc.constantFrom('job', 'a', 'b', 't', 'composite_id', 'container_template', 'depends_on', 'exec_cmd', 'jobs', 'templates', 'images', 'configs', 'files', 'env', '{{vars.A}}', '__proto__', 'default', 'config', 'name', '');
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof({ maxDepth: 4 }, word, fc.integer(), fc.boolean(), fc.array(tie('tree'), { maxLength: 3 }), fc.dictionary(word, tie('tree'), { maxKeys: 4 })),
  }));
  const entry = fc.dictionary(fc.constantFrom('job', 'name', 'composite_id', 'container_template', 'exec_cmd', 'config', 'depends_on', 'url', 'size', 'message'), fc.oneof(word, fc.array(word, { maxLength: 2 }), fc.integer()));
  const list = fc.array(fc.oneof(entry, entry.map((one) => ({ job: 'a', name: 't', ...one }))), { maxLength: 3 });

  it('answers with targets or with errors, and never throws', async () => {
    const running = fc.record({ config: fc.constant('running'), jobs: list, templates: list, images: list, configs: list }, { requiredKeys: ['config'] });
    await fc.assert(fc.asyncProperty(fc.oneof(running, tree), async (content) => {
      const result = await createCompiler().compile(commitOf(fleetOf(content)));
      const errors = result.diagnostics.filter(({ severity }) => severity === 'error');
      expect(result.kind === 'refused').toBe(errors.length > 0);
    }), { numRuns: 400 });
  });
});
