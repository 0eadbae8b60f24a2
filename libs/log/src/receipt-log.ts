// SPDX-License-Identifier: Apache-2.0
import { codeInfo, err, ok, type Clock, type Result } from '@fairlead/base';
import type { RefRefusal, Repository, RepositoryProblem, Ed25519Signer } from '@fairlead/git';
import { readReceipt, receiptHash } from '@fairlead/trust/verify';
import { createChain, type Chain } from './chain.ts';
import {
  checkpointFile,
  checkpointText,
  parseCheckpoint,
  parseReceiptLines,
  receiptLine,
  receiptsFile,
  segmentFile,
} from './receipt-lines.ts';
import type { ReceiptLink, ReceiptPosition } from './receipt-position.ts';
import { newestSegment, nextSegment, receiptRef, type SegmentRefs } from './receipt-segments.ts';

export interface ReceiptLogOptions {
  readonly repository: Repository;
  /** Prefix of the references, with '/' at the end. */
  readonly prefix: string;
  /** Names this server among those that write receipts. */
  readonly replica: string;
  readonly signer: Ed25519Signer;
  readonly clock: Clock;
}

/** A receipt whose signature was verified. */
export interface VerifiedReceipt {
  readonly device: string;
  readonly link: ReceiptLink;
  /** As signed. */
  readonly envelope: Uint8Array;
}

/** Stores batches of receipts as commits, and knows the place of each device. */
export interface ReceiptLog {
  /** Finds every device's place in Git alone. `visit` is shown what the newest segment holds, oldest first. */
  replay(visit: (envelope: Uint8Array) => void): Promise<Result<void, RepositoryProblem>>;
  position(device: string): ReceiptPosition | undefined;
  /** One commit for all of them. */
  write(receipts: readonly VerifiedReceipt[], signal: AbortSignal): Promise<Result<void, RepositoryProblem>>;
}

export function createReceiptLog({
  repository,
  prefix,
  replica,
  signer,
  clock,
}: ReceiptLogOptions): ReceiptLog {
  const positions = new Map<string, ReceiptPosition>();
  const chainOf = (ref: string): Chain => createChain({ repository, ref, signer, clock });
  let bytesInSegment = 0;
  let segments: SegmentRefs | undefined;

  async function readChain(
    ref: string,
    visit: (envelope: Uint8Array) => void,
  ): Promise<Result<number, RepositoryProblem>> {
    const chain = chainOf(ref);
    const commits = await chain.read();
    if (!commits.ok) return commits;
    let size = 0;
    for (const commit of commits.value) {
      const checkpoint = await chain.file(commit, checkpointFile);
      if (!checkpoint.ok) return checkpoint;
      const known = parseCheckpoint(checkpoint.value ?? '');
      if (!known.ok) return err(unreadable(ref, commit.oid, known.error));
      for (const [device, position] of known.value) advance(device, position);
      const content = await chain.file(commit, receiptsFile);
      if (!content.ok) return content;
      const envelopes = parseReceiptLines(content.value ?? '');
      if (!envelopes.ok) return err(unreadable(ref, commit.oid, envelopes.error));
      for (const envelope of envelopes.value) {
        const receipt = readReceipt(envelope);
        if (!receipt.ok) return err(unreadable(ref, commit.oid, receipt.error.join('; ')));
        const { device, instance, seq } = receipt.value;
        advance(device, { instance, seq, hash: receiptHash(envelope) });
        visit(envelope);
      }
      size += Buffer.byteLength(content.value ?? '');
    }
    return ok(size);
  }

  /** Within an instance the highest place counts; another instance follows the one before. */
  function advance(device: string, position: ReceiptPosition): void {
    const last = positions.get(device);
    if (last?.instance !== position.instance || last.seq < position.seq) positions.set(device, position);
  }

  async function lookUpSegments(): Promise<Result<SegmentRefs, RepositoryProblem>> {
    const refs = await repository.listRefs(prefix);
    return refs.ok ? ok(newestSegment(prefix, refs.value)) : refs;
  }

  return {
    async replay(visit) {
      const found = await lookUpSegments();
      if (!found.ok) return found;
      for (const ref of found.value.refs.keys()) {
        const size = await readChain(ref, visit);
        if (!size.ok) return size;
        if (ref === receiptRef(prefix, found.value.segment, replica)) bytesInSegment = size.value;
      }
      segments = found.value;
      return ok();
    },
    position: (device) => positions.get(device),
    async write(receipts, signal) {
      const content = receipts.map(({ envelope }) => receiptLine(envelope)).join('');
      const before: SegmentRefs = segments ?? { segment: '', refs: new Map() };
      const segment = nextSegment(before.segment, new Date(clock.now()), bytesInSegment);
      const ref = receiptRef(prefix, segment, replica);
      const parent = await repository.readRef(ref);
      if (!parent.ok) return parent;
      const files = new Map([[receiptsFile, content]]);
      if (parent.value === null) {
        files.set(checkpointFile, checkpointText(positions));
        const previous = segment === before.segment ? {} : Object.fromEntries(before.refs);
        files.set(segmentFile, `${JSON.stringify({ segment, previous })}\n`);
      }
      const message = `${String(receipts.length)} ${receipts.length === 1 ? 'receipt' : 'receipts'}\n`;
      const appended: Result<string, RefRefusal> = await chainOf(ref).append(
        { parent: parent.value, files, message },
        signal,
      );
      if (!appended.ok) return err(appended.error.problem);
      for (const { device, link } of receipts) advance(device, link);
      bytesInSegment = (parent.value === null ? 0 : bytesInSegment) + Buffer.byteLength(content);
      segments = {
        segment,
        refs: new Map([...(segment === before.segment ? before.refs : []), [ref, appended.value]]),
      };
      return ok();
    },
  };
}

function unreadable(ref: string, oid: string, why: string): RepositoryProblem {
  return {
    code: 'log-forged',
    message: `${ref}: commit ${oid} cannot be read: ${why}`,
    hint: codeInfo('log-forged').hint,
  };
}
