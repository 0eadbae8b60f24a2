// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { digestHex, sha256 } from '@fairlead/base';
import {
  unitDigest,
  type Artifact,
  type JobConfig,
  type JobDefinition,
  type JobImage,
  type JobMember,
} from '@fairlead/target';
import { runOk, tempDir, waitFor } from '@fairlead/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDevice, member, readText, shellJob } from './device.fixture.ts';

/** A host that serves these bytes by name; empty it and it knows nothing any more. */
async function serve(): Promise<{
  readonly files: Map<string, Buffer>;
  add(name: string, bytes: Buffer, format: Artifact['format']): Artifact;
}> {
  const files = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const bytes = files.get(request.url ?? '');
    if (bytes === undefined) response.writeHead(404).end();
    else response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    files,
    add(name, bytes, format) {
      files.set(`/${name}`, bytes);
      return {
        url: `http://127.0.0.1:${String(port)}/${name}`,
        digest: sha256(bytes),
        size: bytes.length,
        format,
      };
    },
  };
}

async function tarOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const dir = await tempDir('image');
  mkdirSync(join(dir, 'root'));
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(dir, 'root', name), text, { mode: 0o755 });
  await runOk('tar', ['-C', join(dir, 'root'), '-cf', join(dir, 'image.tar'), '.']);
  const { readFile } = await import('node:fs/promises');
  return readFile(join(dir, 'image.tar'));
}

const config = (changes: Partial<JobConfig>): JobConfig => ({
  name: 'default',
  data: null,
  encoding: 'utf8',
  files: [],
  ...changes,
});

describe('when a unit has an image and configs', () => {
  it('runs from the image and finds its config files', async () => {
    const host = await serve();
    const device = await createDevice();
    const image: JobImage = {
      ...host.add(
        'image.tar',
        await tarOf({ run: '#!/bin/sh\necho "image $1"\ncat "$1/data" "$1/etc/more"\nsleep 60\n' }),
        'tar',
      ),
      version: '1',
    };
    const more = { ...host.add('more', Buffer.from('more\n'), 'file'), path: 'etc/more' };
    const used = config({ name: 'std', data: 'aW5saW5lCg==', encoding: 'base64', files: [more] });
    const unit = shellJob('', {
      program: './run',
      args: ['{{CONFIG}}'],
      members: [
        { ...member, image, configs: [config({ name: 'default', data: 'other' }), used], config: 'std' },
      ],
    });
    expect((await device.domain.estimate(unit, device.signal)).bytes).toBeGreaterThan(2 * image.size);
    await device.bring(unit);
    await waitFor(() => device.stdout().endsWith('more\n'));
    const folder = join(device.dir, 'jobs/units/job/versions', digestHex(unitDigest(unit)), 'configs/job');
    expect(device.stdout()).toBe(`image ${folder}/std\ninline\nmore\n`);
    expect(readText(join(folder, 'default/data'))).toBe('other');
    expect((await device.domain.estimate(unit, device.signal)).bytes).toBe(0);
  });

  it('stages beside what runs, touches nothing, and cleans up what is not kept', async () => {
    const host = await serve();
    const device = await createDevice();
    const [one, two] = await Promise.all(
      ['one', 'two'].map(async (text) => {
        const image: JobImage = {
          ...host.add(`${text}.tar`, await tarOf({ run: `#!/bin/sh\necho ${text}\nsleep 60\n` }), 'tar'),
          version: text,
        };
        return shellJob('', { program: '{{IMAGE}}/run', args: [], members: [{ ...member, image }] });
      }),
    );
    if (one === undefined || two === undefined) throw new Error('no units');
    await device.bring(one);
    await waitFor(() => device.stdout() === 'one\n');
    const running = device.process();
    expect(await device.domain.stage(two, device.signal)).toEqual({ ok: true });
    expect(await device.domain.stage(two, device.signal)).toEqual({ ok: true });
    expect(device.process()).toEqual(running);
    const [seen] = await device.domain.observe(device.signal);
    expect(seen).toMatchObject({ digest: unitDigest(one) });
    expect(new Set(seen?.staged)).toEqual(new Set([unitDigest(one), unitDigest(two)]));

    await device.bring(two);
    await waitFor(() => device.stdout() === 'one\ntwo\n');
    await device.domain.clean(new Map([['job', [unitDigest(one), unitDigest(two)]]]), device.signal);
    expect(readdirSync(join(device.dir, 'jobs/images'))).toHaveLength(2);
    // The way back needs no host.
    host.files.clear();
    await device.bring(one);
    await waitFor(() => device.stdout() === 'one\ntwo\none\n');
    await device.domain.clean(new Map([['job', [unitDigest(one)]]]), device.signal);
    expect(readdirSync(join(device.dir, 'jobs/images'))).toHaveLength(1);
    expect(readdirSync(join(device.dir, 'artifacts/sha256'))).toEqual([]);
    expect((await device.domain.observe(device.signal))[0]?.staged).toEqual([unitDigest(one)]);

    await device.domain.stopUnit('job', device.signal);
    await device.domain.switchUnit('job', null, device.signal);
    await device.domain.clean(new Map(), device.signal);
    expect(await device.domain.observe(device.signal)).toEqual([]);
    for (const folder of ['jobs/units/job', 'run/job', 'log/job'])
      expect(existsSync(join(device.dir, folder))).toBe(false);
  });

  it('counts what an archive holds before it is unpacked, and keeps it while it waits for room', async () => {
    const host = await serve();
    const device = await createDevice({ settings: { reserveBytes: 2 ** 50 } });
    const archive = gzipSync(await tarOf({ run: 'x'.repeat(3_000_000) }));
    const image: JobImage = { ...host.add('a.tar.gz', archive, 'tar'), version: '1' };
    const unit = shellJob('', { members: [{ ...member, image }] });
    expect(await device.domain.stage(unit, device.signal)).toMatchObject({
      ok: false,
      error: { code: 'no-space', message: expect.stringContaining('2.9 MiB') as string },
    });
    expect(readdirSync(join(device.dir, 'jobs/images'))).toEqual([]);
    const { bytes } = await device.domain.estimate(unit, device.signal);
    expect(bytes).toBeGreaterThan(3_000_000);

    await device.domain.clean(new Map([['job', [unitDigest(unit)]]]), device.signal);
    expect(await device.domain.estimate(unit, device.signal)).toEqual({ bytes });
    await device.domain.clean(new Map(), device.signal);
    expect(readdirSync(join(device.dir, 'artifacts/sha256'))).toEqual([]);
  });

  it('refuses a version that is not staged, and says what could not be had', async () => {
    const host = await serve();
    const device = await createDevice();
    const gone = host.add('gone.tar', Buffer.from('x'), 'tar');
    host.files.clear();
    const unit = shellJob('', { members: [{ ...member, image: { ...gone, version: '1' } }] });
    expect(await device.domain.stage(unit, device.signal)).toMatchObject({
      ok: false,
      error: { code: 'artifact-unreachable' },
    });
    expect(await device.domain.switchUnit('job', unitDigest(unit), device.signal)).toMatchObject({
      ok: false,
    });
    expect(await device.condition()).toBe('unknown');
  });

  it('sees and repairs an edited config', async () => {
    const device = await createDevice();
    const unit = shellJob('echo up; sleep 60', {
      members: [{ ...member, configs: [config({ data: 'right' })], config: 'default' }],
    });
    await device.bring(unit);
    const committed = [{ unit, digest: unitDigest(unit), runs: true }];
    const path = join(device.dir, 'jobs/units/job/current/configs/job/default/data');
    expect(await device.domain.heal(committed, device.signal)).toEqual([]);
    writeFileSync(path, 'wrong');
    expect(await device.domain.heal(committed, device.signal)).toEqual([
      { name: 'job', message: 'config files were changed: job/default/data', healed: true },
    ]);
    expect(readText(path)).toBe('right');
    expect(await device.domain.heal(committed, device.signal)).toEqual([]);
  });
});

describe('when files of a committed version are lost', () => {
  it('brings them back, and says so', async () => {
    const host = await serve();
    const device = await createDevice();
    const image: JobImage = {
      ...host.add('a.tar', await tarOf({ run: '#!/bin/sh\necho up; exec sleep 60\n' }), 'tar'),
      version: '1',
    };
    const unit = shellJob('', { program: '{{IMAGE}}/run', args: [], members: [{ ...member, image }] });
    await device.bring(unit);
    await waitFor(() => device.stdout() === 'up\n');
    await device.domain.clean(new Map([['job', [unitDigest(unit)]]]), device.signal);
    rmSync(join(device.dir, 'jobs/images'), { recursive: true });
    const committed = [{ unit, digest: unitDigest(unit), runs: true }];
    expect(await device.domain.heal(committed, device.signal)).toEqual([
      { name: 'job', message: 'files of its committed version were missing', healed: true },
    ]);
    expect(readdirSync(join(device.dir, 'jobs/images'))).toHaveLength(1);
    // Not tried at every look: it may have to be fetched from a host that is down.
    rmSync(join(device.dir, 'jobs/images'), { recursive: true });
    expect(await device.domain.heal(committed, device.signal)).toMatchObject([{ healed: false }]);
  });
});

describe('when the files of one unit are spoilt', () => {
  it('keeps the others up, and cleans away what is not theirs', async () => {
    const device = await createDevice();
    const [bad, good] = ['bad', 'good'].map((name) => shellJob('echo up; exec sleep 60', { name }));
    if (bad === undefined || good === undefined) return;
    await device.bring(bad);
    await device.bring(good);
    await waitFor(() => device.stdout('good') === 'up\n');
    const current = join(device.dir, 'jobs/units/bad/current');
    rmSync(current);
    mkdirSync(join(current, 'in the way'), { recursive: true });
    await device.domain.stopUnit('good', device.signal);

    const committed = [bad, good].map((unit) => ({ unit, digest: unitDigest(unit), runs: true }));
    expect(await device.domain.heal(committed, device.signal)).toEqual([
      {
        name: 'bad',
        message: expect.stringContaining('it cannot be looked after: ') as string,
        healed: false,
      },
      { name: 'good', message: 'was not running', healed: true },
    ]);
    await waitFor(() => device.stdout('good') === 'up\nup\n');

    writeFileSync(
      join(device.dir, 'jobs/units/good/versions', digestHex(unitDigest(good)), 'unit.json'),
      'spoilt',
    );
    await device.domain.stopUnit('bad', device.signal);
    await device.domain.clean(new Map([['good', [unitDigest(good)]]]), device.signal);
    expect(readdirSync(join(device.dir, 'jobs/units'))).toEqual(['good']);
  });
});

describe('when a unit cannot run here', () => {
  it.each([
    ['missing-secret', { env: { KEY: '{{secrets.api}}' } }],
    ['unsupported', { args: ['{{NOBODY}}'] }],
    ['unsupported', { args: ['{{IMAGE}}/x'] }],
    ['unsupported-feature', { chroot: { kind: 'image' } as const }],
    ['unsupported-feature', { user: 'nobody-of-that-name' }],
    [
      'config-invalid',
      { members: [{ ...member, configs: [config({ data: 'no base64!', encoding: 'base64' })] }] },
    ],
  ])('says %s before anything is fetched or stopped', async (code, changes) => {
    const device = await createDevice();
    expect(await device.domain.stage(shellJob('true', changes), device.signal)).toMatchObject({
      ok: false,
      error: { code },
    });
    expect((await device.domain.observe(device.signal)).flatMap((unit) => unit.staged)).toEqual([]);
  });
});

describe('when a group runs as one process', () => {
  const definition = (job: string, changes: Partial<JobDefinition>): JobDefinition => ({
    job,
    composite_id: 'grp',
    container_template: 'comp_tpl',
    config: '',
    config_name: 'default',
    message: '',
    wait_for_ok: false,
    defer_running_status: 0,
    no_autostart: false,
    restart: false,
    restart_on_dependency_fail: false,
    restart_limit: 0,
    restart_pause: 0,
    depends_on: null,
    exec_cmd: '',
    exec_args: null,
    pgid: 0,
    env: null,
    inherit_env: false,
    die_on_parent_death: false,
    daemonize: false,
    immutable: true,
    ...changes,
  });

  it('reads the definitions of its members on standard input, images expanded for each', async () => {
    const host = await serve();
    const device = await createDevice();
    const image: JobImage = { ...host.add('m1.tar', await tarOf({ index: '' }), 'tar'), version: '1' };
    const m1: JobMember = {
      ...member,
      name: 'm1',
      image,
      definition: definition('m1', {
        exec_cmd: '{{IMAGE}}/m1',
        exec_args: ['{{JOB}}'],
        config: '{"one":"{{IMAGE}}"}',
      }),
    };
    const m2: JobMember = { ...member, name: 'm2', definition: definition('m2', { exec_cmd: '/opt/m2' }) };
    await device.bring(
      shellJob('cat', {
        name: 'grp',
        stdin: { kind: 'composite', processConfig: '{ "debug": true }\n' },
        members: [m1, m2],
      }),
    );
    const text = await waitFor(() => device.stdout('grp').endsWith('}') && device.stdout('grp'));
    const read = JSON.parse(text) as Record<string, unknown>;
    const folder = join(device.dir, 'jobs/images', `${digestHex(image.digest)}.tar`);
    expect(Object.keys(read)).toEqual(['moduleconfigs', 'process_config', 'maestro_user_socket_path']);
    expect(read).toEqual({
      moduleconfigs: {
        m1: { ...m1.definition, exec_cmd: `${folder}/m1`, exec_args: ['m1'] },
        m2: m2.definition,
      },
      process_config: '{ "debug": true }\n',
      maestro_user_socket_path: '/run/fairlead/agent.sock',
    });
  });

  it('leaves out what is empty', async () => {
    const device = await createDevice({ socketPath: '' });
    await device.bring(
      shellJob('cat; echo', { name: 'grp', stdin: { kind: 'composite', processConfig: null } }),
    );
    await waitFor(() => device.stdout('grp') === '{}\n');
  });
});
