// SPDX-License-Identifier: Apache-2.0
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Result } from '@fairlead/base';
import { runOk, tempDir } from '@fairlead/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pax, tar, zip, type TarItem, type ZipItem } from './archives.fixture.ts';
import type { ArtifactFailure } from './artifact-failure.ts';
import type { UnpackLimits } from './entry-writer.ts';
import { unpackArchive } from './unpack.ts';

const { signal } = new AbortController();

interface Unpacked {
  readonly result: Result<void, ArtifactFailure>;
  readonly into: string;
  /** Everything in the folder around, to see that nothing got out. */
  readonly around: readonly string[];
}

async function unpack(
  bytes: Buffer,
  format: 'tar' | 'zip',
  limits: UnpackLimits = { bytes: 1_000_000 },
): Promise<Unpacked> {
  const dir = await tempDir('unpack');
  const archive = join(dir, 'archive');
  writeFileSync(archive, bytes);
  mkdirSync(join(dir, 'out'));
  const into = join(dir, 'out', 'image');
  const result = await unpackArchive({ archive, format, into, limits }, signal);
  return {
    result,
    into,
    around: [...readdirSync(dir), ...readdirSync(join(dir, 'out')).map((name) => `out/${name}`)].sort(),
  };
}

const files = [
  { name: './', type: '5', mode: 0o755 },
  { name: './bin/run', mode: 0o755, content: '#!/bin/sh\n' },
  { name: './data.txt', content: 'x'.repeat(1000) },
  { name: './bin/again', type: '1', link: './data.txt' },
  { name: './bin/data', type: '2', link: '../data.txt' },
  { name: './empty', content: '' },
];

describe('when an archive is in order', () => {
  it.each([
    ['tar', tar(files)],
    ['tar.gz', gzipSync(tar(files))],
    ['tar without its end', tar(files, false)],
  ])('unpacks a %s with files, folders and links', async (_, bytes) => {
    const { result, into, around } = await unpack(bytes, 'tar');
    expect(result).toEqual({ ok: true });
    expect(readFileSync(join(into, 'bin/data'), 'utf8')).toBe('x'.repeat(1000));
    expect(readlinkSync(join(into, 'bin/data'))).toBe('../data.txt');
    expect(statSync(join(into, 'bin/again')).ino).toBe(statSync(join(into, 'data.txt')).ino);
    expect(statSync(join(into, 'bin/run')).mode & 0o777).toBe(0o755);
    expect(statSync(join(into, 'data.txt')).mode & 0o777).toBe(0o644);
    expect(around).toEqual(['archive', 'out', 'out/image']);
  });

  it('unpacks a zip, stored and deflated', async () => {
    const { result, into } = await unpack(
      zip([
        { name: 'bin/', mode: 0o40755 },
        { name: 'bin/run', mode: 0o100755, content: '#!/bin/sh\n', deflate: true },
        { name: 'data', content: 'x'.repeat(1000) },
        { name: 'link', mode: 0o120777, content: 'bin/run' },
      ]),
      'zip',
    );
    expect(result).toEqual({ ok: true });
    expect(readFileSync(join(into, 'link'), 'utf8')).toBe('#!/bin/sh\n');
    expect(statSync(join(into, 'bin/run')).mode & 0o777).toBe(0o755);
    expect(readFileSync(join(into, 'data'), 'utf8')).toHaveLength(1000);
  });

  it('reads long names, as GNU tar and as pax write them', async () => {
    const dir = await tempDir('long');
    const name = `${'deep/'.repeat(30)}${'n'.repeat(90)}`;
    mkdirSync(join(dir, 'deep/'.repeat(30)), { recursive: true });
    writeFileSync(join(dir, name), 'long');
    for (const format of ['gnu', 'pax', 'ustar']) {
      const args = ['-C', dir, '-cf', join(dir, `${format}.tar`), `--format=${format}`, 'deep'];
      await runOk('tar', args);
      const { result, into } = await unpack(readFileSync(join(dir, `${format}.tar`)), 'tar');
      expect(result).toEqual({ ok: true });
      expect(readFileSync(join(into, name), 'utf8')).toBe('long');
    }
  });

  it('does nothing a second time, and removes what an interrupted one left', async () => {
    const dir = await tempDir('unpack');
    writeFileSync(join(dir, 'a.tar'), tar(files));
    mkdirSync(join(dir, '.unfinished-image'));
    writeFileSync(join(dir, '.unfinished-image', 'half'), '');
    const request = {
      archive: join(dir, 'a.tar'),
      format: 'tar',
      into: join(dir, 'image'),
      limits: { bytes: 10_000 },
    } as const;
    expect(await unpackArchive(request, signal)).toEqual({ ok: true });
    expect(readdirSync(join(dir, 'image'))).not.toContain('half');
    const before = lstatSync(join(dir, 'image')).ino;
    expect(await unpackArchive(request, signal)).toEqual({ ok: true });
    expect(lstatSync(join(dir, 'image')).ino).toBe(before);
  });
});

const hostileTars: readonly (readonly [string, readonly TarItem[]])[] = [
  ['an absolute path', [{ name: '/etc/x', content: 'x' }]],
  ['a path that climbs', [{ name: '../x', content: 'x' }]],
  ['a path that climbs further on', [{ name: 'a/../../x', content: 'x' }]],
  ['a path that climbs by its prefix', [{ name: 'x', prefix: '../up', content: 'x' }]],
  ['a path that climbs by its pax header', [pax({ path: '../x' }), { name: 'x', content: 'x' }]],
  [
    'a path that climbs by its long name',
    [
      { name: 'long', type: 'L', content: '../x' },
      { name: 'x', content: 'x' },
    ],
  ],
  ['a symbolic link out', [{ name: 'l', type: '2', link: '../out' }]],
  ['an absolute symbolic link', [{ name: 'l', type: '2', link: '/etc/passwd' }]],
  [
    'a symbolic link out by its pax header',
    [pax({ linkpath: '../../x' }), { name: 'l', type: '2', link: 'fine' }],
  ],
  [
    'a link that descends and then climbs',
    [
      { name: 'd/e/up', type: '2', link: '../..' },
      { name: 'l', type: '2', link: 'd/e/up/../x' },
    ],
  ],
  [
    'a file below a symbolic link',
    [
      { name: 'd', type: '2', link: 'other' },
      { name: 'd/x', content: 'x' },
    ],
  ],
  [
    'a folder over a symbolic link',
    [
      { name: 'd', type: '2', link: '.' },
      { name: 'd', type: '5' },
    ],
  ],
  [
    'a file over a symbolic link',
    [
      { name: 'd', type: '2', link: 'x' },
      { name: 'd', content: 'x' },
    ],
  ],
  [
    'a file below a file',
    [
      { name: 'd', content: 'x' },
      { name: 'd/x', content: 'x' },
    ],
  ],
  [
    'a file twice',
    [
      { name: 'd', content: 'x' },
      { name: './d', content: 'y' },
    ],
  ],
  ['a hard link out', [{ name: 'l', type: '1', link: '../archive' }]],
  ['an absolute hard link', [{ name: 'l', type: '1', link: '/etc/passwd' }]],
  ['a hard link to what is not in it', [{ name: 'l', type: '1', link: 'nothing' }]],
  [
    'a hard link to a symbolic link',
    [
      { name: 'd/s', type: '2', link: '..' },
      { name: 'l', type: '1', link: 'd/s' },
    ],
  ],
  [
    'a hard link through a symbolic link',
    [
      { name: 'f/x', content: '' },
      { name: 's', type: '2', link: 'f' },
      { name: 'l', type: '1', link: 's/x' },
    ],
  ],
  ['a character device', [{ name: 'null', type: '3' }]],
  ['a block device', [{ name: 'disk', type: '4' }]],
  ['a fifo', [{ name: 'pipe', type: '6' }]],
  ['an unknown kind', [{ name: 'x', type: 'Z' }]],
  ['a sparse file of GNU', [{ name: 'x', type: 'S' }]],
  ['a sparse file of pax', [pax({ 'GNU.sparse.major': '1' }), { name: 'x', content: 'x' }]],
  ['a set-uid file', [{ name: 'x', mode: 0o4755, content: 'x' }]],
  ['a set-gid folder', [{ name: 'x', type: '5', mode: 0o2755 }]],
  [
    'an endless name',
    [
      { name: 'long', type: 'L', content: 'n'.repeat(100_000) },
      { name: 'x', content: '' },
    ],
  ],
];

const hostileZips: readonly (readonly [string, readonly ZipItem[]])[] = [
  ['an absolute path', [{ name: '/etc/x', content: 'x' }]],
  ['a path that climbs', [{ name: 'a/../../x', content: 'x' }]],
  ['a NUL in a name', [{ name: 'a\0b', content: 'x' }]],
  ['a symbolic link out', [{ name: 'l', mode: 0o120777, content: '../x' }]],
  [
    'a file below a symbolic link',
    [
      { name: 'd', mode: 0o120777, content: 'x' },
      { name: 'd/x', content: 'x' },
    ],
  ],
  ['a device', [{ name: 'x', mode: 0o020666, content: '' }]],
  ['a set-uid file', [{ name: 'x', mode: 0o104755, content: 'x' }]],
  [
    'a file twice',
    [
      { name: 'x', content: 'x' },
      { name: 'x', content: 'y' },
    ],
  ],
];

describe('when an archive is hostile', () => {
  it.each(hostileTars)('refuses a tar with %s, whole', async (_, items) => {
    const { result, around } = await unpack(tar([{ name: 'good', content: 'good' }, ...items]), 'tar');
    expect(result).toMatchObject({ ok: false, error: { code: 'archive-unsafe' } });
    expect(around).toEqual(['archive', 'out']);
  });

  it.each(hostileZips)('refuses a zip with %s, whole', async (_, items) => {
    const { result, around } = await unpack(zip([{ name: 'good', content: 'good' }, ...items]), 'zip');
    expect(result).toMatchObject({ ok: false, error: { code: 'archive-unsafe' } });
    expect(around).toEqual(['archive', 'out']);
  });

  it.each([
    ['tar', tar([{ name: 'x', content: Buffer.alloc(20_000) }])],
    ['tar', gzipSync(tar([{ name: 'x', content: Buffer.alloc(5_000_000) }]))],
    [
      'tar',
      gzipSync(
        tar([
          { name: 'a', content: Buffer.alloc(9_000) },
          { name: 'b', content: Buffer.alloc(9_000) },
        ]),
      ),
    ],
    ['zip', zip([{ name: 'x', content: Buffer.alloc(5_000_000), deflate: true }])],
  ] as const)('refuses a %s that is larger unpacked than it may be', async (format, bytes) => {
    const { result, around } = await unpack(bytes, format, { bytes: 10_000 });
    expect(result).toMatchObject({ ok: false, error: { code: 'archive-unsafe' } });
    expect(around).toEqual(['archive', 'out']);
  });

  it.each([
    ['tar', tar(Array.from({ length: 11 }, (_, index) => ({ name: `f${String(index)}` })))],
    ['zip', zip(Array.from({ length: 11 }, (_, index) => ({ name: `f${String(index)}` })))],
  ] as const)('refuses a %s with more entries than it may have', async (format, bytes) => {
    const { result } = await unpack(bytes, format, { bytes: 10_000, entries: 10 });
    expect(result).toMatchObject({ ok: false, error: { code: 'archive-unsafe' } });
    expect((await unpack(bytes, format, { bytes: 10_000, entries: 11 })).result).toEqual({ ok: true });
  });
});

describe('when an archive is broken', () => {
  const whole = tar(files);
  it.each([
    ['tar', 'no archive at all', Buffer.from('hello, this is no archive\n'.repeat(100))],
    ['tar', 'nothing', Buffer.alloc(0)],
    ['tar', 'only an end', Buffer.alloc(1024)],
    ['tar', 'a file cut short', whole.subarray(0, 512 * 4)],
    ['tar', 'a header cut short', whole.subarray(0, 512 + 100)],
    ['tar', 'gzip cut short', gzipSync(whole).subarray(0, 60)],
    ['tar', 'a header changed', Buffer.concat([Buffer.from('X'), whole.subarray(1)])],
    ['zip', 'no archive at all', Buffer.from('PK but not really')],
    ['zip', 'a false size', zip([{ name: 'x', content: 'hello', deflate: true, size: 4 }])],
    ['zip', 'something encrypted', zip([{ name: 'x', content: 'hello', flags: 1 }])],
  ] as const)('says archive-broken of a %s that is %s', async (format, _, bytes) => {
    const { result, around } = await unpack(bytes, format);
    expect(result).toMatchObject({ ok: false, error: { code: 'archive-broken' } });
    expect(around).toEqual(['archive', 'out']);
  });

  it('never throws and never leaves its folder, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<'tar' | 'zip'>('tar', 'zip'),
        fc.array(fc.record({ at: fc.nat(3_000), to: fc.nat(255) }), { maxLength: 20 }),
        async (format, changes) => {
          const bytes = Buffer.from(
            format === 'tar'
              ? whole
              : zip(files.map(({ name, content }) => ({ name, content: content ?? '' }))),
          );
          for (const { at, to } of changes) bytes[at % bytes.length] = to;
          const { result, around } = await unpack(bytes, format);
          expect(around).toEqual(result.ok ? ['archive', 'out', 'out/image'] : ['archive', 'out']);
        },
      ),
      { numRuns: 60 },
    );
  });
});
