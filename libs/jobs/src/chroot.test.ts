// SPDX-License-Identifier: Apache-2.0
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { digestHex, sha256 } from '@fairlead/base';
import { unitDigest, type JobImage, type JobUnit } from '@fairlead/target';
import { runOk, tempDir, waitFor } from '@fairlead/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDevice, member, shellJob } from './device.fixture.ts';
import { resolveInside } from './resolve-inside.ts';

const isRoot = userInfo().uid === 0;

/** A folder with a shell and what it needs of libraries, and `tools`, a link to `linked`. */
async function smallSystem(linked: string): Promise<string> {
  const folder = await tempDir('system');
  const put = async (path: string): Promise<void> => {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await cp(realpathSync(path), join(folder, path));
  };
  await put('/bin/sh');
  for (const [library] of (await runOk('ldd', ['/bin/sh'])).matchAll(/\/\S+/g)) await put(library);
  await symlink(linked, join(folder, 'tools'));
  await mkdir(join(folder, 'tmp'));
  await chmod(join(folder, 'tmp'), 0o1777);
  await chmod(folder, 0o755);
  return folder;
}

async function imageOf(folder: string): Promise<JobImage> {
  const archive = join(await tempDir('image'), 'image.tar');
  await runOk('tar', ['-C', folder, '-cf', archive, '.']);
  const bytes = await readFile(archive);
  const server = createServer((_request, response) => {
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/image.tar`;
  return { url, digest: sha256(bytes), size: bytes.length, format: 'tar', version: '1' };
}

const inRoot = (script: string, changes: Partial<JobUnit>): JobUnit =>
  shellJob(script, { program: 'tools/sh', ...changes });

// One of the two holds on every machine, so neither is skipped.
if (!isRoot) {
  describe('when the agent may not change root folders', () => {
    it('refuses the unit by name', async () => {
      const device = await createDevice();
      const unit = inRoot('true', { chroot: { kind: 'path', path: '/' } });
      expect(await device.domain.stage(unit, device.signal)).toMatchObject({
        ok: false,
        error: { code: 'unsupported-feature' },
      });
    });
  });
}

if (isRoot) {
  describe('when a job has a root folder of its own', () => {
    it('sees its image as /, with its configs and a few devices, and nothing of the machine', async () => {
      const device = await createDevice();
      const image = await imageOf(await smallSystem('bin'));
      const config = { name: 'default', data: 'secret', encoding: 'utf8' as const, files: [] };
      const unit = inRoot(
        'read -r text <"$CONFIG/data" || :; echo "$text $IMAGE"; echo lost >/dev/null; echo kept >/tmp/mine; for f in /*; do echo "$f"; done; echo end',
        {
          env: { CONFIG: '{{CONFIG}}', IMAGE: '{{IMAGE}}', PATH: '/bin' },
          chroot: { kind: 'image' },
          user: 'daemon',
          members: [{ ...member, image, configs: [config], config: 'default' }],
        },
      );
      await chmod(device.dir, 0o755);
      await device.bring(unit);
      await waitFor(() => device.stdout().endsWith('end\n') || device.stderr() !== '');
      expect(device.stderr()).toBe('');
      const [first, ...rest] = device.stdout().trimEnd().split('\n');
      expect(first).toBe('secret /');
      expect(rest).toEqual(expect.arrayContaining(['/bin', '/dev', '/fairlead-configs', '/tools']));
      expect(rest).not.toContain('/proc');

      const version = join(device.dir, 'jobs/units/job/versions', digestHex(unitDigest(unit)));
      expect(readFileSync(join(version, 'root/tmp/mine'), 'utf8')).toBe('kept\n');
      expect(statSync(join(version, 'root/tmp/mine')).uid).not.toBe(0);
      // The image is shared: nobody finds there what this job wrote.
      expect(() =>
        statSync(join(device.dir, 'jobs/images', `${digestHex(image.digest)}.tar`, 'tmp/mine')),
      ).toThrow();

      await writeFile(join(version, 'root/fairlead-configs/job/default/data'), 'edited');
      expect(
        await device.domain.heal([{ unit, digest: unitDigest(unit), runs: true }], device.signal),
      ).toEqual([{ name: 'job', message: 'config files were changed: job/default/data', healed: true }]);
    });

    it('sees a folder of the machine as /', async () => {
      const device = await createDevice();
      const path = await smallSystem('/bin');
      await device.bring(
        inRoot('for f in /*; do echo "$f"; done; echo end', { chroot: { kind: 'path', path } }),
      );
      await waitFor(() => device.stdout().endsWith('end\n'));
      expect(device.stdout().split('\n')).toContain('/tools');
      expect(device.stdout()).not.toContain('/proc');
    });

    it('is looked for in that folder alone', async () => {
      const device = await createDevice();
      const path = await smallSystem('/bin');
      const unit = shellJob('', { program: '/usr/bin/env', chroot: { kind: 'path', path } });
      await expect(device.bring(unit)).rejects.toThrow(/^program-not-found/);
    });

    it.each<readonly [string, Partial<JobUnit>]>([
      ['there is no such folder', { chroot: { kind: 'path', path: '/no/such/folder' } }],
      ['it has no image', { chroot: { kind: 'image' } }],
    ])('is refused by name where %s', async (_, changes) => {
      const device = await createDevice();
      expect(await device.domain.stage(inRoot('', changes), device.signal)).toMatchObject({
        ok: false,
        error: { code: 'unsupported-feature' },
      });
    });

    it('is refused where it asks for a folder that it could not see', async () => {
      const device = await createDevice();
      const unit = inRoot('', { env: { CONFIG: '{{CONFIG}}' }, chroot: { kind: 'path', path: '/' } });
      expect(await device.domain.stage(unit, device.signal)).toMatchObject({
        ok: false,
        error: { code: 'unsupported' },
      });
    });
  });
}

describe('when a path is followed in a root folder', () => {
  it('stays in it, wherever its links lead', async () => {
    const root = await tempDir('root');
    await mkdir(join(root, 'a/b'), { recursive: true });
    await symlink('/a', join(root, 'absolute'));
    await symlink('../../../..', join(root, 'a/up'));
    await symlink('circle', join(root, 'circle'));
    expect(await resolveInside(root, '/absolute/b')).toBe(join(root, 'a/b'));
    expect(await resolveInside(root, 'a/up/a/./b')).toBe(join(root, 'a/b'));
    expect(await resolveInside(root, '/../../etc/passwd')).toBe(join(root, 'etc/passwd'));
    expect(await resolveInside(root, '/circle')).toBeNull();
  });
});
