// SPDX-License-Identifier: Apache-2.0
import { run, tempDir } from '@fairlead/testing';
import { chmod, cp, mkdir, readdir, readFile, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyFleet, pinImages, placeholderHost } from './copy.ts';
import { buildImages, exampleDir, type BuiltFile } from './images.ts';
import { serveImages } from './serve-images.ts';

/** The sources as another machine may have them: other times, other modes, another zone and umask. */
async function buildElsewhere(out: string): Promise<readonly BuiltFile[]> {
  const source = await tempDir();
  for (const name of ['programs', 'files'])
    await cp(join(exampleDir, name), join(source, name), { recursive: true });
  for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) await chmod(path, 0o600);
    await utimes(path, 1_000_000_000, 1_000_000_000);
  }
  const umask = process.umask(0o077);
  const zone = process.env['TZ'];
  process.env['TZ'] = 'Pacific/Kiritimati';
  try {
    return await buildImages(out, source);
  } finally {
    process.umask(umask);
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  }
}

describe('when the images are built', () => {
  it('gives the same bytes again, whatever the machine', async () => {
    const here = await buildImages(await tempDir());
    const elsewhere = await buildElsewhere(await tempDir());
    expect(elsewhere.map(({ name, size, checksum }) => ({ name, size, checksum }))).toEqual(
      here.map(({ name, size, checksum }) => ({ name, size, checksum })),
    );
    for (const [index, { path, size }] of here.entries()) {
      const bytes = await readFile(path);
      expect(bytes.byteLength).toBe(size);
      expect(await readFile(elsewhere[index]!.path)).toEqual(bytes);
    }
  });

  it('makes archives that tar reads, owned by root and without a time', async () => {
    const dir = await tempDir();
    await buildImages(dir);
    const listed = await run('tar', ['--numeric-owner', '-tvf', join(dir, 'telemetry.tar')], {
      env: { TZ: 'UTC' },
    });
    expect(listed.stdout).toMatch(/^-rw-r--r-- 0\/0 +\d+ 1970-01-01 00:00 modules\/load\.mjs$/m);
    await mkdir(join(dir, 'out'));
    await run('tar', ['-xf', join(dir, 'watch.tar'), '-C', join(dir, 'out')]);
    expect((await stat(join(dir, 'out/watch.sh'))).mode & 0o100).toBe(0o100);
    expect(await readFile(join(dir, 'out/watch.sh'))).toEqual(
      await readFile(join(exampleDir, 'programs/watch/watch.sh')),
    );
  });

  it('has the sizes and checksums that the running configs state', async () => {
    const [images, copy] = [await tempDir(), await tempDir()];
    await copyFleet({ to: copy, imageHost: placeholderHost });
    await pinImages(copy, await buildImages(images));
    for (const name of await readdir(join(exampleDir, 'running'))) {
      expect(await readFile(join(copy, 'running', name), 'utf8')).toBe(
        await readFile(join(exampleDir, 'running', name), 'utf8'),
      );
    }
  });
});

describe('when the fleet is copied', () => {
  it('names the images at the given host, each of which is served there', async () => {
    const [images, copy] = [await tempDir(), await tempDir()];
    const built = await buildImages(images);
    const host = await serveImages(images);
    try {
      await copyFleet({ to: copy, imageHost: host.url });
      const texts = await Promise.all(
        (await readdir(join(copy, 'running'))).map((name) => readFile(join(copy, 'running', name), 'utf8')),
      );
      const urls = [...new Set(texts.join('').match(/http:\/\/127[^"]+/g) ?? [])];
      expect(urls.toSorted()).toEqual(built.map(({ name }) => `${host.url}/${name}`).toSorted());
      for (const { name, size } of built)
        expect((await (await fetch(`${host.url}/${name}`)).arrayBuffer()).byteLength).toBe(size);
    } finally {
      await host.close();
    }
  });

  it('serves the rest of a file from where a download stopped', async () => {
    const images = await tempDir();
    await buildImages(images);
    const host = await serveImages(images);
    try {
      const rest = await fetch(`${host.url}/watch.conf`, { headers: { range: 'bytes=10-' } });
      expect(rest.status).toBe(206);
      expect(await rest.text()).toBe((await readFile(join(images, 'watch.conf'), 'utf8')).slice(10));
      expect((await fetch(`${host.url}/none`)).status).toBe(404);
    } finally {
      await host.close();
    }
  });
});
