// SPDX-License-Identifier: Apache-2.0
import { run, tempDir } from '@fairlead/testing';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyFleet, pinImages, placeholderHost } from './copy.ts';
import { buildImages, exampleDir, serveImages } from './images.ts';

describe('when the images are built', () => {
  it('gives the same bytes again, whatever the umask', async () => {
    const [first, second] = [await tempDir(), await tempDir()];
    const built = await buildImages(first);
    const before = process.umask(0o077);
    try {
      expect(await buildImages(second)).toEqual(built);
    } finally {
      process.umask(before);
    }
    for (const { name } of built)
      expect(await readFile(join(second, name))).toEqual(await readFile(join(first, name)));
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
