// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { allCodes, codeInfo, isCode } from './index.ts';

describe('when a code is explained', () => {
  it('has a summary, a way out and a reason', () => {
    for (const code of allCodes()) {
      const { summary, hint, explanation } = codeInfo(code);
      expect(
        [summary, hint, explanation].filter((text) => text.trim() === ''),
        code,
      ).toEqual([]);
    }
  });

  it('is written in lower case with dashes', () => {
    expect(allCodes().filter((code) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(code))).toEqual([]);
  });
});

describe('when a text is no code', () => {
  it.each([['toString'], ['no-such-code'], ['']])('is not taken for one: %j', (text) => {
    expect(isCode(text)).toBe(false);
  });
});
