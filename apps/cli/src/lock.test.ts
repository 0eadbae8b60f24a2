// SPDX-License-Identifier: Apache-2.0
import { git, hasRegistry, registryLogin, startRegistry, tempDir } from '@fairlead/testing';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fairlead, newSignedFleet } from './fairlead.fixture.ts';

/** Each runs the program many times. */
vi.setConfig({ testTimeout: 60_000 });

const registryIsThere = await hasRegistry();
const json = ['--output', 'json'];
const answer = (stdout: string) => JSON.parse(stdout);

/** A host of downloads; what is not among `contents` is not there. */
async function startHost(contents: Record<string, string>): Promise<string> {
  const server = createServer((request, response) => {
    const content = contents[request.url ?? ''];
    response.statusCode = content === undefined ? 404 : 200;
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** A running config that takes these URLs, unpinned. */
const running = (...urls: readonly string[]) => ({
  config: 'running',
  jobs: urls.map((_, index) => ({ job: `job${String(index)}`, exec_cmd: 'run' })),
  images: urls.map((url, index) => ({
    job: `job${String(index)}`,
    version: '1',
    image_type: 'tarball',
    url,
  })),
});

/** A pod of one container. */
const podOf = (image: string) =>
  `$schema: https://fairlead.dev/schemas/pod/v1.json\nname: app\ncontainers:\n  app:\n    image: '${image}'\n`;

const lockOf = (dir: string) => readFile(join(dir, 'fleet.lock.json'), 'utf8');

describe('when a fleet is locked', () => {
  it('means the same whatever comes of its URLs, until it is locked anew', async () => {
    const contents: Record<string, string> = { '/a.tar': 'one' };
    const url = `${await startHost(contents)}/a.tar`;
    const { dir, commit } = await newSignedFleet();
    await commit({ 'running/clock.json': running(url) });
    const root = async () => answer((await fairlead(['compile', '--repo', dir, ...json])).stdout).root;

    const unlocked = await fairlead(['check', '--repo', dir]);
    expect(unlocked).toMatchObject({ code: 1, stdout: expect.stringContaining('fairlead lock') });
    expect((await fairlead(['lock', '--check', '--repo', dir])).code).toBe(1);
    expect(await readdir(dir)).not.toContain('fleet.lock.json');

    const locked = await fairlead(['lock', '--repo', dir]);
    expect(locked).toMatchObject({ code: 0, stderr: '' });
    expect(locked.stdout).toContain(`+ ${url}\n`);
    await commit({}, 'Lock');
    const first = await root();
    expect((await fairlead(['lock', '--check', '--repo', dir])).code).toBe(0);

    contents['/a.tar'] = 'another';
    const again = await fairlead(['lock', '--repo', dir, ...json]);
    expect(answer(again.stdout)).toEqual({ ok: true, changes: [], diagnostics: [] });
    expect(await root()).toBe(first);
    expect(await git(dir, 'status', '--porcelain')).toBe('');

    const updated = await fairlead(['lock', '--update', url, '--repo', dir, ...json]);
    expect(answer(updated.stdout).changes).toMatchObject([
      { section: 'files', key: url, change: 'updated', before: { size: 3 }, after: { size: 7 } },
    ]);
    await commit({}, 'Lock anew');
    expect(await root()).not.toBe(first);

    await commit({ 'running/clock.json': running() });
    expect((await fairlead(['lock', '--repo', dir])).stdout).toContain(`- ${url}\n`);
    expect(await lockOf(dir)).not.toContain(url);
  });

  it.skipIf(!registryIsThere)(
    'means the same image whatever its tag means later (needs the package docker-registry)',
    async () => {
      const registry = await startRegistry({ auth: 'password' });
      const auth = Buffer.from(`${registryLogin.user}:${registryLogin.password}`).toString('base64');
      const push = (layer: string) =>
        registry.push('team/app', '1', [layer], { authorization: `Basic ${auth}` });
      const first = await push('layer');
      const logins = join(await tempDir('logins'), 'config.json');
      await writeFile(logins, JSON.stringify({ auths: { [registry.host]: { auth } } }));
      const { dir, commit } = await newSignedFleet();
      const image = `${registry.host}/{{vars.TEAM}}/app:1`;
      await commit({
        'fleet.json': {
          id: '5f4be3c2-8f0d-4c57-9a41-6f1f0d0c7e11',
          vars: { TEAM: 'team' },
          groups: { gateways: { pod: './pods/app.yaml' } },
        },
        'pods/app.yaml': podOf(image),
      });
      expect(await fairlead(['lock', '--repo', dir])).toMatchObject({
        code: 3,
        stdout: expect.stringMatching(/pods\/app\.yaml:\d+:\d+: error: .*credentials-refused/),
      });
      const lock = ['lock', '--repo', dir, '--registry-credentials-file', logins];
      expect(await fairlead(lock)).toMatchObject({ code: 0, stderr: '' });
      const entries = async () => JSON.parse(await lockOf(dir)).images;
      expect(await entries()).toEqual({ [`${registry.host}/team/app:1`]: first });
      await commit({}, 'Lock');
      expect((await fairlead(['check', '--repo', dir])).stdout).toMatch(/^no errors/);

      const second = await push('another layer');
      expect((await fairlead([...lock, '--check'])).code).toBe(0);
      expect((await fairlead(lock)).stdout).toBe('fleet.lock.json is up to date\n');
      expect(await entries()).toEqual({ [`${registry.host}/team/app:1`]: first });
      expect((await fairlead([...lock, '--update', `${registry.host}/team/app:1`])).code).toBe(0);
      expect(await entries()).toEqual({ [`${registry.host}/team/app:1`]: second });
    },
  );

  it('is not locked in part: everything that cannot be found out is told, each at its place', async () => {
    const host = await startHost({ '/a.tar': 'one' });
    const { dir, commit } = await newSignedFleet();
    await commit({ 'running/clock.json': running(`${host}/a.tar`) });
    await fairlead(['lock', '--repo', dir]);
    const before = await lockOf(dir);

    await commit({ 'running/clock.json': running(`${host}/b.tar`, `${host}/c.tar`) });
    const missing = await fairlead(['lock', '--repo', dir, ...json]);
    expect(missing.code).toBe(1);
    expect(answer(missing.stdout)).toMatchObject({
      ok: false,
      diagnostics: ['/b.tar', '/c.tar'].map((path) => ({
        code: 'reference-missing',
        file: 'running/clock.json',
        message: expect.stringContaining(path),
      })),
    });
    await commit({ 'running/clock.json': running(`${host}/b.tar`, 'http://127.0.0.1:1/d.tar') });
    const unreachable = await fairlead(['lock', '--repo', dir]);
    expect(unreachable).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/reference-missing[\s\S]*remote-unreachable/),
    });
    expect(await lockOf(dir)).toBe(before);
  });

  it('leaves a lock alone that it cannot read, or that other errors may hide references of', async () => {
    const host = await startHost({ '/a.tar': 'one' });
    const { dir, commit } = await newSignedFleet();
    await commit({ 'running/clock.json': running(`${host}/a.tar`), 'fleet.lock.json': '<<<<<<< HEAD\n' });
    expect(await fairlead(['lock', '--repo', dir])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('fleet.lock.json:1:1: error'),
    });
    const old = { files: { 'https://example.org/old': { digest: `sha256:${'a'.repeat(64)}`, size: 1 } } };
    await commit({ 'fleet.lock.json': old, 'devices.json': '{' });
    expect(await fairlead(['lock', '--repo', dir])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('unused entries are kept'),
    });
    expect(Object.keys(JSON.parse(await lockOf(dir)).files)).toEqual([
      `${host}/a.tar`,
      'https://example.org/old',
    ]);
  });

  it('says so where it cannot be written, and leaves nothing behind', async () => {
    const host = await startHost({ '/a.tar': 'one' });
    const { dir, commit } = await newSignedFleet();
    await commit({ 'running/clock.json': running(`${host}/a.tar`) });
    // An empty folder, of which Git knows nothing.
    await mkdir(join(dir, 'fleet.lock.json'));
    expect(await fairlead(['lock', '--repo', dir])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('[storage-failed]'),
    });
    expect((await readdir(dir)).filter((name) => name.startsWith('fleet.lock.json'))).toHaveLength(1);
    expect(await readdir(join(dir, 'fleet.lock.json'))).toEqual([]);
  });

  it('gives the lock itself where there is no work tree', async () => {
    const host = await startHost({ '/a.tar': 'one' });
    const { dir, commit } = await newSignedFleet();
    await commit({ 'running/clock.json': running(`${host}/a.tar`) });
    const bare = join(await tempDir('bare'), 'fleet.git');
    await git(dir, 'clone', '-q', '--bare', dir, bare);
    const out = join(await tempDir('out'), 'fleet.lock.json');
    expect(await fairlead(['lock', '--repo', bare, '--out', out])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('1 added'),
    });
    await commit({ 'fleet.lock.json': await readFile(out, 'utf8') });
    expect((await fairlead(['check', '--repo', dir])).code).toBe(0);
  });

  it('is told what it was asked wrongly', async () => {
    const { dir } = await newSignedFleet();
    const wrong: readonly (readonly [readonly string[], string])[] = [
      [['--update'], 'needs the names'],
      [['alpine'], 'names go with --update'],
      [['--check', '--update', 'all'], 'exclude each other'],
      [['--update', 'clokc'], "refers to no 'clokc'"],
      [['--max-download', 'much'], "'much' is no size"],
    ];
    for (const [args, message] of wrong) {
      expect(await fairlead(['lock', '--repo', dir, ...args])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(message),
      });
    }
  });
});
