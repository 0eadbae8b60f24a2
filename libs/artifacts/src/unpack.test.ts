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
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { runOk, tempDir } from '@fairlead/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tar, zip } from './archives.fixture.ts';
import { unpackArchive } from './unpack.ts';
import { unpackedBytes } from './unpacked-bytes.ts';
import { unpack } from './unpacked.fixture.ts';

const { signal } = new AbortController();

const files = [
  { name: './', type: '5', mode: 0o755 },
  { name: './bin/run', mode: 0o755, content: '#!/bin/sh\n' },
  { name: './data.txt', content: 'x'.repeat(1000) },
  { name: './bin/again', type: '1', link: './data.txt' },
  { name: './bin/data', type: '2', link: '../data.txt' },
  { name: './empty', content: '' },
];

/** As parallel compressors write it: frames with others between that are to be skipped (RFC 8878, 3.1.2). */
function frames(bytes: Buffer): Buffer {
  const skipped = Buffer.from('502a4d180400000000000000', 'hex');
  const parts = [bytes.subarray(0, 700), bytes.subarray(700, 2_000), bytes.subarray(2_000)];
  return Buffer.concat(parts.flatMap((part) => [skipped, zstdCompressSync(part)]));
}

describe('when an archive is in order', () => {
  it.each([
    ['tar', tar(files)],
    ['tar.gz', gzipSync(tar(files))],
    ['tar.zst', zstdCompressSync(tar(files))],
    ['tar.zst of many frames', frames(tar(files))],
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

describe('when it is no longer wanted', () => {
  it.each([
    ['tar', tar(files)],
    ['tar.gz', gzipSync(tar(files))],
  ])('a %s is left before it is read: the one who asked hears why, and nobody else', async (_, bytes) => {
    const dir = await tempDir('unwanted');
    const [archive, into] = [join(dir, 'archive'), join(dir, 'image')];
    writeFileSync(archive, bytes);
    const reason = new Error('a newer revision arrived');
    const request = { archive, format: 'tar', into, limits: { bytes: 1_000_000 } } as const;
    await expect(unpackArchive(request, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(readdirSync(dir)).toEqual(['archive']);
  });
});

describe('when the disk has less room than an archive needs', () => {
  const bytes = tar([{ name: 'data', content: 'x'.repeat(10_000) }]);

  it('says no-space, which passes, and leaves nothing', async () => {
    const dir = await tempDir('room');
    writeFileSync(join(dir, 'a'), bytes);
    const limits = { bytes: 20_000, room: 9_999 };
    const request = { archive: join(dir, 'a'), format: 'tar', into: join(dir, 'image'), limits } as const;
    expect(await unpackArchive(request, signal)).toMatchObject({ ok: false, error: { code: 'no-space' } });
    expect(readdirSync(dir)).toEqual(['a']);
    const enough = { ...request, limits: { bytes: 20_000, room: 10_000 } };
    expect(await unpackArchive(enough, signal)).toEqual({ ok: true });
  });

  it.each([
    ['tar', 'tar', bytes, bytes.length],
    ['tar.gz', 'tar', gzipSync(bytes), bytes.length],
    ['tar.zst', 'tar', zstdCompressSync(bytes), bytes.length],
    [
      'zip',
      'zip',
      zip([
        { name: 'a', content: 'x'.repeat(5_000), deflate: true },
        { name: 'b', content: 'y' },
      ]),
      5_001,
    ],
    ['broken zip', 'zip', Buffer.from('PK'), 0],
  ] as const)('can be told beforehand from a %s', async (_, format, content, expected) => {
    const dir = await tempDir('room');
    writeFileSync(join(dir, 'a'), content);
    expect(await unpackedBytes(join(dir, 'a'), format)).toBe(expected);
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
    ['tar', 'zstd cut short', zstdCompressSync(whole).subarray(0, 60)],
    ['tar', 'zstd with a frame cut off', frames(whole).subarray(0, 300)],
    ['tar', 'zstd changed', zstdCompressSync(whole).fill(7, 20, 40)],
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
