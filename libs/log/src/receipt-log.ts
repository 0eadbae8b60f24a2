// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Clock, type Result } from '@fairlead/base';
import { problem, type Ed25519Signer, type Repository, type RepositoryProblem } from '@fairlead/git';
import { createChain, type Chain } from './chain.ts';
import {
  checkpointFile,
  checkpointText,
  receiptLine,
  receiptsFile,
  segmentFile,
  segmentText,
} from './receipt-lines.ts';
import { createPositions, placeReceipt, type ReceiptLink, type ReceiptPosition } from './receipt-position.ts';
import { readReceiptBatch, type ReceiptBatch } from './receipt-batch.ts';
import {
  compareSegments,
  newestSegment,
  nextSegment,
  noSegment,
  receiptRef,
  type SegmentRefs,
} from './receipt-segments.ts';

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

type Visit = (envelope: Uint8Array) => void;

/** Stores batches of receipts as commits, and knows the place of each device. */
export interface ReceiptLog {
  /** Finds every device's place in Git alone. `visit` is shown what is new in the newest segment, oldest first. */
  sync(visit: Visit): Promise<Result<void, RepositoryProblem>>;
  position(device: string): ReceiptPosition | undefined;
  /** One commit for all of them. One that stands in the log by now is not written again. */
  write(receipts: readonly VerifiedReceipt[], signal: AbortSignal): Promise<Result<void, RepositoryProblem>>;
}

export function createReceiptLog(options: ReceiptLogOptions): ReceiptLog {
  const { repository, prefix, replica, signer, clock } = options;
  const positions = createPositions();
  const chainOf = (ref: string): Chain => createChain({ repository, ref, signer, clock });
  /** As far as they are read. */
  let known: SegmentRefs = noSegment;
  /** Of our own reference in the known segment. */
  let bytes = 0;

  /** Batches after `since`, oldest first, none written before the one before it. */
  async function readNew(
    ref: string,
    since: string | null,
  ): Promise<Result<ReceiptBatch[], RepositoryProblem>> {
    const chain = chainOf(ref);
    const commits = await chain.read(since);
    if (!commits.ok) return commits;
    const batches: ReceiptBatch[] = [];
    for (const commit of commits.value) {
      const batch = await readReceiptBatch(chain, commit);
      if (!batch.ok) return batch;
      const written = Math.max(batch.value.written, batches.at(-1)?.written ?? 0);
      batches.push({ ...batch.value, written });
    }
    return ok(batches);
  }

  async function sync(visit: Visit): Promise<Result<void, RepositoryProblem>> {
    const listed = await repository.listRefs(prefix);
    if (!listed.ok) return listed;
    const newest = newestSegment(prefix, listed.value);
    if (known.refs.size > 0 && compareSegments(newest.segment, known.segment) < 0)
      return err(problem('log-behind', `${prefix}${known.segment} is gone`));
    const own = receiptRef(prefix, newest.segment, replica);
    const heads = new Map<string, string>();
    const fresh: ReceiptBatch[] = [];
    let ownBytes = newest.segment === known.segment ? bytes : 0;
    for (const [ref, head] of newest.refs) {
      const since = known.refs.get(ref) ?? null;
      const batches = head === since ? ok([]) : await readNew(ref, since);
      if (!batches.ok) return batches;
      fresh.push(...batches.value);
      heads.set(ref, batches.value.at(-1)?.commit ?? head);
      if (ref === own) ownBytes += batches.value.reduce((sum, batch) => sum + batch.bytes, 0);
    }
    // Of several writers, the order of the clock: another instance of a device counts from when it was first seen.
    for (const { checkpoint, receipts } of fresh.sort((a, b) => a.written - b.written)) {
      for (const [device, position] of checkpoint) positions.advance(device, position);
      for (const { device, position, envelope } of receipts) {
        positions.advance(device, position);
        visit(envelope);
      }
    }
    bytes = ownBytes;
    known = { segment: newest.segment, refs: heads };
    return ok();
  }

  return {
    sync,
    position: (device) => positions.of(device),
    async write(receipts, signal) {
      // A write that failed late may stand there after all, and so may what another server took in.
      const synced = await sync(() => undefined);
      if (!synced.ok) return synced;
      const missing = receipts.filter(
        ({ device, link }) => placeReceipt(positions.of(device), link) !== 'duplicate',
      );
      if (missing.length === 0) return ok();
      const content = missing.map(({ envelope }) => receiptLine(envelope)).join('');
      const segment = nextSegment(known.segment, new Date(clock.now()), bytes);
      const isNew = segment !== known.segment;
      const ref = receiptRef(prefix, segment, replica);
      const parent = known.refs.get(ref) ?? null;
      const files = new Map([[receiptsFile, content]]);
      if (parent === null) {
        files.set(checkpointFile, checkpointText(positions.all()));
        files.set(segmentFile, segmentText(segment, isNew ? known.refs : new Map()));
      }
      const message = `${missing.length} ${missing.length === 1 ? 'receipt' : 'receipts'}\n`;
      const appended = await chainOf(ref).append({ parent, files, message }, signal);
      if (!appended.ok) return err(appended.error.problem);
      for (const { device, link } of missing) positions.advance(device, link);
      bytes = (isNew ? 0 : bytes) + Buffer.byteLength(content);
      known = { segment, refs: new Map([...(isNew ? [] : known.refs), [ref, appended.value]]) };
      return ok();
    },
  };
}
