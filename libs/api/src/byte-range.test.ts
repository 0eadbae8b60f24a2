// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseByteRange } from './byte-range.ts';

describe('when a range is asked for', () => {
  it('never leads outside the bytes that there are', () => {
    const header = fc.oneof(
      fc.string(),
      fc.tuple(fc.nat(30), fc.nat(30)).map(([from, to]) => `bytes=${from}-${to}`),
    );
    fc.assert(
      fc.property(header, fc.nat(20), (text, size) => {
        const range = parseByteRange(text, size);
        if (range.kind !== 'part') return;
        expect(range.first).toBeGreaterThanOrEqual(0);
        expect(range.last).toBeGreaterThanOrEqual(range.first);
        expect(range.last).toBeLessThan(size);
      }),
    );
  });

  it('is the whole when it makes no sense', () => {
    for (const text of [undefined, 'bytes=', 'bytes=-', 'bytes=5-2', 'lines=1-2', 'bytes=a-b'])
      expect(parseByteRange(text, 10)).toEqual({ kind: 'all' });
    expect(parseByteRange('bytes=-0', 10)).toEqual({ kind: 'outside' });
    expect(parseByteRange('bytes=-99', 10)).toEqual({ kind: 'part', first: 0, last: 9 });
  });
});
