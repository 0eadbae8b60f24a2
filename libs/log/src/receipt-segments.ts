// SPDX-License-Identifier: Apache-2.0
import { compareBytes } from '@fairlead/base';

/** A segment ends with the month, or when one replica's part of it has grown to this size, in bytes. */
export const segmentBytes = 512 * 2 ** 20;

export interface SegmentRefs {
  /** Such as `2026-11` or `2026-11.2`; empty: there is none yet. */
  readonly segment: string;
  /** Reference → newest commit, of each replica that writes there. */
  readonly refs: ReadonlyMap<string, string>;
}

export const noSegment: SegmentRefs = { segment: '', refs: new Map() };

export function receiptRef(prefix: string, segment: string, replica: string): string {
  return `${prefix}${segment}/${replica}`;
}

/** The newest of the segments that these references name. */
export function newestSegment(prefix: string, refs: ReadonlyMap<string, string>): SegmentRefs {
  const names = [...refs.keys()].map((ref) => segmentOf(prefix, ref)).filter((name) => name !== '');
  const segment = names.reduce((newest, name) => (compareSegments(name, newest) > 0 ? name : newest), '');
  return {
    segment,
    refs: new Map([...refs].filter(([ref]) => segment !== '' && segmentOf(prefix, ref) === segment)),
  };
}

/** Where the next batch goes. A clock that fell back never reopens an older segment. */
export function nextSegment(current: string, now: Date, bytesInSegment: number): string {
  const month = now.toISOString().slice(0, 7);
  if (compareSegments(month, monthOf(current)) > 0) return month;
  return bytesInSegment < segmentBytes ? current : `${monthOf(current)}.${String(numberOf(current) + 1)}`;
}

function segmentOf(prefix: string, ref: string): string {
  return /^\d{4}-\d{2}(?:\.\d+)?(?=\/)/.exec(ref.slice(prefix.length))?.[0] ?? '';
}

export function compareSegments(a: string, b: string): number {
  return compareBytes(monthOf(a), monthOf(b)) || numberOf(a) - numberOf(b);
}

function monthOf(segment: string): string {
  return segment.slice(0, 7);
}

function numberOf(segment: string): number {
  return Number(segment.slice(8) || '1');
}
