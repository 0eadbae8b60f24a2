// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { problem, type RepositoryProblem } from '@fairlead/git';
import { readReceipt, receiptHash } from '@fairlead/trust/verify';
import type { ChainCommit } from './chain.ts';
import {
  checkpointFile,
  parseCheckpoint,
  parseReceiptLines,
  parseSegment,
  receiptsFile,
  segmentFile,
  type SegmentStart,
} from './receipt-lines.ts';
import type { ReceiptPosition } from './receipt-position.ts';

/** What a commit of receipts may hold. */
export const batchFiles = [receiptsFile, checkpointFile, segmentFile] as const;

/** What one commit of receipts holds. */
export interface ReceiptBatch {
  /** Seconds since 1970. */
  readonly written: number;
  readonly commit: string;
  /** Where the segment began; undefined but in the first commit of a writer's part of it. */
  readonly start: SegmentStart | undefined;
  /** Where each device stood then. */
  readonly checkpoint: ReadonlyMap<string, ReceiptPosition>;
  readonly receipts: readonly StoredReceipt[];
  /** Size of the receipts. */
  readonly bytes: number;
}

interface StoredReceipt {
  readonly device: string;
  readonly position: ReceiptPosition;
  readonly envelope: Uint8Array;
}

export function parseReceiptBatch({
  oid,
  written,
  files,
}: ChainCommit): Result<ReceiptBatch, RepositoryProblem> {
  const unreadable = (why: string) =>
    err(problem('log-forged', `commit ${oid} of receipts cannot be read: ${why}`));
  const said = files.get(segmentFile);
  const start = said === undefined ? undefined : parseSegment(said);
  if (said !== undefined && start === undefined) return unreadable(`${segmentFile} says nothing`);
  const checkpoint = parseCheckpoint(files.get(checkpointFile) ?? '');
  if (!checkpoint.ok) return unreadable(checkpoint.error);
  const content = files.get(receiptsFile) ?? '';
  const envelopes = parseReceiptLines(content);
  if (!envelopes.ok) return unreadable(envelopes.error);
  const receipts: StoredReceipt[] = [];
  for (const envelope of envelopes.value) {
    const receipt = readReceipt(envelope);
    if (!receipt.ok) return unreadable(receipt.error.join('; '));
    const { device, instance, seq } = receipt.value;
    receipts.push({ device, position: { instance, seq, hash: receiptHash(envelope) }, envelope });
  }
  const bytes = Buffer.byteLength(content);
  return ok({ written, commit: oid, start, checkpoint: checkpoint.value, receipts, bytes });
}
