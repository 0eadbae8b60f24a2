// SPDX-License-Identifier: Apache-2.0
import { err, isDigest, ok, type Digest, type Result } from '@fairlead/base';
import * as v from 'valibot';
import type { ReceiptPosition } from './receipt-position.ts';

/** Names of the files in a commit of receipts; the last two stand in the first commit of a segment. */
export const receiptsFile = 'receipts.jsonl';
export const checkpointFile = 'checkpoint.jsonl';
export const segmentFile = 'segment.json';

const envelope = v.strictObject({
  payloadType: v.string(),
  payload: v.string(),
  signatures: v.array(v.strictObject({ keyid: v.string(), sig: v.string() })),
});

const checkpoint = v.strictObject({
  device: v.string(),
  instance: v.string(),
  seq: v.number(),
  hash: v.custom<Digest>(isDigest, 'not a digest'),
});

const segmentStart = v.strictObject({
  segment: v.string(),
  previous: v.record(v.string(), v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/))),
  bytesBefore: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
});

/** An envelope as one line: its own text, which never holds a line break between its values. */
export function receiptLine(bytes: Uint8Array): string {
  return `${Buffer.from(bytes).toString('utf8')}\n`;
}

/** The envelopes of a batch, in their exact bytes. */
export function parseReceiptLines(content: string): Result<readonly Uint8Array[], string> {
  const lines = content.split('\n').filter((line) => line !== '');
  const broken = lines.findIndex((line) => !v.is(envelope, parseJson(line)));
  return broken < 0
    ? ok(lines.map((line) => Buffer.from(line, 'utf8')))
    : err(`line ${String(broken + 1)} is no envelope`);
}

export function checkpointText(positions: ReadonlyMap<string, ReceiptPosition>): string {
  return [...positions]
    .map(([device, { instance, seq, hash }]) => `${JSON.stringify({ device, instance, seq, hash })}\n`)
    .join('');
}

/** What a segment's first commit says of itself. */
export interface SegmentStart {
  readonly segment: string;
  /** The ends of the segment before, by reference. */
  readonly previous: ReadonlyMap<string, string>;
  /** Of all receipts in the segments before, in bytes; 0 where an earlier release did not say. */
  readonly bytesBefore: number;
}

export function segmentText({ segment, previous, bytesBefore }: SegmentStart): string {
  return `${JSON.stringify({ segment, previous: Object.fromEntries(previous), bytesBefore })}\n`;
}

/** Undefined: this is no such text. */
export function parseSegment(content: string): SegmentStart | undefined {
  const read = v.safeParse(segmentStart, parseJson(content));
  if (!read.success) return undefined;
  const { segment, previous, bytesBefore = 0 } = read.output;
  return { segment, previous: new Map(Object.entries(previous)), bytesBefore };
}

export function parseCheckpoint(content: string): Result<ReadonlyMap<string, ReceiptPosition>, string> {
  const positions = new Map<string, ReceiptPosition>();
  for (const [index, line] of content.split('\n').entries()) {
    if (line === '') continue;
    const read = v.safeParse(checkpoint, parseJson(line));
    if (!read.success) return err(`line ${String(index + 1)} is no checkpoint`);
    const { device, ...position } = read.output;
    positions.set(device, position);
  }
  return ok(positions);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
