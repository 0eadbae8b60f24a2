// SPDX-License-Identifier: Apache-2.0
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pax, tar, zip, type TarItem, type ZipItem } from './archives.fixture.ts';
import { unpack } from './unpacked.fixture.ts';

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
    ['tar', zstdCompressSync(tar([{ name: 'x', content: Buffer.alloc(5_000_000) }]))],
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
