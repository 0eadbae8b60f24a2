// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import {
  checkpointFile,
  compareSegments,
  parseCheckpoint,
  parseSegment,
  segmentFile,
  segmentOf,
  type ReceiptPosition,
} from '@fairlead/log';
import type { Findings, Place } from './finding.ts';

/** What the first commit of a segment says. */
export interface SegmentStart {
  readonly place: Place;
  /** The ends of the segment before, by reference. */
  readonly previous: ReadonlyMap<string, string>;
  readonly checkpoint: ReadonlyMap<string, ReceiptPosition>;
}

/** Reads the first commit of a reference of receipts. */
export function readSegmentStart(
  prefix: string,
  ref: string,
  files: ReadonlyMap<string, string>,
  place: Place,
  findings: Findings,
): SegmentStart | undefined {
  const start = parseSegment(files.get(segmentFile) ?? '');
  const checkpoint = parseCheckpoint(files.get(checkpointFile) ?? '');
  if (start === undefined || start.segment !== segmentOf(prefix, ref)) {
    findings.error(
      'record-invalid',
      `${segmentFile} does not say that segment ${segmentOf(prefix, ref)} begins here`,
      {
        ...place,
        file: segmentFile,
      },
    );
    return undefined;
  }
  if (!checkpoint.ok) {
    findings.error('record-invalid', `${checkpointFile}: ${checkpoint.error}`, {
      ...place,
      file: checkpointFile,
    });
    return undefined;
  }
  return { place, previous: start.previous, checkpoint: checkpoint.value };
}

/** Where devices stood at some commit of receipts: by device, by instance, the last number. */
export type Standing = ReadonlyMap<string, ReadonlyMap<string, number>>;

export interface SegmentFacts {
  /** Whether the log holds a receipt; undefined: an earlier audit has judged what stands there. */
  readonly holds: (device: string, instance: string, seq: number, hash: Digest) => boolean | undefined;
  /** Where devices stood at the named end of a reference; undefined: the log does not hold it. */
  readonly standingAt: (ref: string) => Standing | undefined;
}

/** Judges what a segment says of those before it. */
export function judgeSegmentStart(
  { place, previous, checkpoint }: SegmentStart,
  { holds, standingAt }: SegmentFacts,
  findings: Findings,
): void {
  const at = { ...place, file: checkpointFile };
  for (const [device, { instance, seq, hash }] of checkpoint) {
    if (holds(device, instance, seq, hash) !== false) continue;
    const message = `the checkpoint names receipt ${String(seq)} of ${device}, which is not in the log`;
    findings.error('checkpoint-mismatch', message, { ...at, device, instance, seq });
  }
  for (const [ref, commit] of previous) {
    const standing = standingAt(ref);
    if (standing === undefined) {
      const message = `${commit}, with which ${ref} ended, is not in the log`;
      findings.error('log-cut', message, { ref, logCommit: commit });
      continue;
    }
    for (const [device, instances] of standing) {
      const stated = checkpoint.get(device);
      // Of a device with several instances the checkpoint names one; which of them is the newest, several writers may see differently.
      const reached = stated === undefined ? undefined : instances.get(stated.instance);
      if (stated !== undefined && (reached ?? 0) <= stated.seq) continue;
      const message =
        stated === undefined
          ? 'leaves the device out'
          : `says ${String(stated.seq)}, but the receipts come to ${String(reached)}`;
      findings.error('checkpoint-mismatch', `the checkpoint ${message}`, { ...at, device });
    }
  }
}

export function bySegment(prefix: string): (a: string, b: string) => number {
  return (a, b) => compareSegments(segmentOf(prefix, a), segmentOf(prefix, b));
}
