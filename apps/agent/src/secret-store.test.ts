// SPDX-License-Identifier: Apache-2.0
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { createSecretStore, parseSecret } from './secret-store.ts';

describe('when a device keeps secrets', () => {
  it('gives each back as it was set, from a file for its owner alone', async () => {
    const dir = join(await tempDir('secrets'), 'secrets');
    const store = createSecretStore(dir);
    await store.set('B.new', 'other');
    await store.set('B', 'ä\n');
    await store.set('a-1', 'x');
    expect(await store.list()).toEqual(['B', 'B.new', 'a-1']);
    expect(store.read('B')?.value).toBe('ä\n');
    expect(store.read('B.new')?.value).toBe('other');
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    for (const file of await readdir(dir)) expect((await stat(join(dir, file))).mode & 0o777).toBe(0o600);
  });

  it('marks each setting, also to the same value', async () => {
    const store = createSecretStore(await tempDir('secrets'));
    await store.set('A', 'x');
    const { mark } = store.read('A') ?? {};
    expect(store.mark('A')).toBe(mark);
    await store.set('A', 'x');
    expect(store.mark('A')).not.toBe(mark);
  });

  it('knows none that was removed, nor any that leaves its folder', async () => {
    const store = createSecretStore(await tempDir('secrets'));
    await store.set('A', 'x');
    expect(await store.remove('A')).toBe(true);
    expect(await store.remove('A')).toBe(false);
    expect([store.read('A'), store.mark('A'), store.read('../x'), store.read('')]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    await expect(store.set('../x', 'x')).rejects.toThrow();
  });
});

describe('when a secret is piped in', () => {
  it.each([
    ['key\n', { ok: true, value: 'key' }],
    ['key\r\n', { ok: true, value: 'key' }],
    ['two\nlines\n\n', { ok: true, value: 'two\nlines\n' }],
    [' blank ', { ok: true, value: ' blank ' }],
    ['\n', { ok: false, error: 'it is empty' }],
    ['a\0b', { ok: false, error: 'it holds a zero byte' }],
    ['x'.repeat(65_537), { ok: false, error: 'it is longer than 65536 bytes' }],
  ])('takes %j as %j', (text, expected) => {
    expect(parseSecret(Buffer.from(text))).toEqual(expected);
  });

  it('takes no bytes that are no text', () => {
    expect(parseSecret(Buffer.from([0xff, 0xfe]))).toEqual({ ok: false, error: 'it is no UTF-8 text' });
  });
});
