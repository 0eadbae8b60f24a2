// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { formatSize, parseSize } from './size.ts';

describe('when a size is read', () => {
  it.each([
    ['64Mi', 67_108_864],
    ['10k', 10_000],
    ['4096', 4096],
    ['1 GiB', 2 ** 30],
  ])('takes %s', (text, bytes) => {
    expect(parseSize(text)).toEqual({ ok: true, value: bytes });
  });

  it.each([[''], ['Mi'], ['1.5Gi'], ['-1'], ['9999999Ti']])('refuses %j', (text) => {
    expect(parseSize(text).ok).toBe(false);
  });
});

describe('when a size is shown', () => {
  it('takes the largest fitting unit', () => {
    expect([formatSize(512), formatSize(1536), formatSize(3 * 2 ** 30)]).toEqual([
      '512 B',
      '1.5 KiB',
      '3.0 GiB',
    ]);
  });
});
