// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { problem, type Commit, type RepositoryProblem } from '@fairlead/git';
import { readReceipt, receiptHash } from '@fairlead/trust/verify';
import type { Chain } from './chain.ts';
import { checkpointFile, parseCheckpoint, parseReceiptLines, receiptsFile } from './receipt-lines.ts';
import type { ReceiptPosition } from './receipt-position.ts';

/** What one commit of receipts holds. */
export interface ReceiptBatch {
  /** Seconds since 1970. */
  readonly written: number;
  readonly commit: string;
  /** Where each device stood before; empty but in the first commit of a segment. */
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

export async function readReceiptBatch(
  chain: Chain,
  commit: Commit,
): Promise<Result<ReceiptBatch, RepositoryProblem>> {
  const unreadable = (why: string) =>
    err(problem('log-forged', `commit ${commit.oid} of receipts cannot be read: ${why}`));
  const before = await chain.file(commit, checkpointFile);
  if (!before.ok) return before;
  const checkpoint = parseCheckpoint(before.value ?? '');
  if (!checkpoint.ok) return unreadable(checkpoint.error);
  const content = await chain.file(commit, receiptsFile);
  if (!content.ok) return content;
  const envelopes = parseReceiptLines(content.value ?? '');
  if (!envelopes.ok) return unreadable(envelopes.error);
  const receipts: StoredReceipt[] = [];
  for (const envelope of envelopes.value) {
    const receipt = readReceipt(envelope);
    if (!receipt.ok) return unreadable(receipt.error.join('; '));
    const { device, instance, seq } = receipt.value;
    receipts.push({ device, position: { instance, seq, hash: receiptHash(envelope) }, envelope });
  }
  return ok({
    written: commit.committed,
    commit: commit.oid,
    checkpoint: checkpoint.value,
    receipts,
    bytes: Buffer.byteLength(content.value ?? ''),
  });
}
