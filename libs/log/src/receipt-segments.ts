// SPDX-License-Identifier: Apache-2.0
import { compareBytes } from '@fairlead/base';

/** A segment ends with the month, or when it has grown to this size, in bytes. */
export const segmentBytes = 512 * 2 ** 20;

/** Such as `2026-11` or `2026-11.2`; empty: there is none yet. */
export type SegmentName = string;

export function receiptRef(prefix: string, segment: SegmentName, replica: string): string {
  return `${prefix}${segment}/${replica}`;
}

/** The segment that a reference belongs to; empty: none. */
export function segmentOf(prefix: string, ref: string): SegmentName {
  return /^\d{4}-\d{2}(?:\.\d+)?(?=\/)/.exec(ref.slice(prefix.length))?.[0] ?? '';
}

/** The segments that these references name, the oldest first. */
export function segmentsIn(prefix: string, refs: Iterable<string>): readonly SegmentName[] {
  const names = new Set([...refs].map((ref) => segmentOf(prefix, ref)));
  names.delete('');
  return [...names].sort(compareSegments);
}

/** Where the next batch goes. A clock that fell back never reopens an older segment. `isFull`: nothing more goes into the current one. */
export function nextSegment(current: SegmentName, now: Date, isFull: boolean): SegmentName {
  const month = now.toISOString().slice(0, 7);
  if (compareSegments(month, monthOf(current)) > 0) return month;
  return isFull ? `${monthOf(current)}.${String(numberOf(current) + 1)}` : current;
}

export function compareSegments(a: SegmentName, b: SegmentName): number {
  return compareBytes(monthOf(a), monthOf(b)) || numberOf(a) - numberOf(b);
}

function monthOf(segment: SegmentName): string {
  return segment.slice(0, 7);
}

function numberOf(segment: SegmentName): number {
  return Number(segment.slice(8) || '1');
}
