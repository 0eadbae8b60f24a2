// SPDX-License-Identifier: Apache-2.0

/** What to send of `size` bytes: all, a part (both ends included), or nothing, because the part asked for lies outside. */
export type ByteRange =
  | { readonly kind: 'all' }
  | { readonly kind: 'part'; readonly first: number; readonly last: number }
  | { readonly kind: 'outside' };

/** Reads a Range header (RFC 9110, section 14.2). One range of bytes is honoured; anything else means the whole, as the RFC allows. */
export function parseByteRange(header: string | undefined, size: number): ByteRange {
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return { kind: 'all' };
  if (from === '') {
    const length = Math.min(Number(to), size);
    return length === 0 ? { kind: 'outside' } : { kind: 'part', first: size - length, last: size - 1 };
  }
  const first = Number(from);
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== '' && Number(to) < first) return { kind: 'all' };
  return first >= size ? { kind: 'outside' } : { kind: 'part', first, last };
}
