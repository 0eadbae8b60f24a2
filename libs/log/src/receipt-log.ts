// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Clock, type Result } from '@fairlead/base';
import type { Ed25519Signer, Repository, RepositoryProblem } from '@fairlead/git';
import { createChain, type Chain } from './chain.ts';
import {
  checkpointFile,
  checkpointText,
  receiptLine,
  receiptsFile,
  segmentFile,
  segmentText,
} from './receipt-lines.ts';
import { placeReceipt, type ReceiptLink, type ReceiptPosition } from './receipt-position.ts';
import { createReceiptReader, type ReceiptReader, type Visit } from './receipt-reader.ts';
import { compareSegments, nextSegment, receiptRef, segmentBytes, segmentOf } from './receipt-segments.ts';
import type { KeySets } from './signature-judge.ts';

export interface ReceiptLogOptions {
  readonly repository: Repository;
  /** Where receipts went before they had a repository of their own. */
  readonly earlier?: Repository | undefined;
  /** Prefix of the references, with '/' at the end. */
  readonly prefix: string;
  /** Names this server among those that write receipts. */
  readonly replica: string;
  readonly signer: Ed25519Signer;
  readonly trusted: () => KeySets;
  readonly clock: Clock;
  /** A segment ends at this size, in bytes. */
  readonly segmentBytes?: number | undefined;
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
  /** Finds every device's place in Git alone. `visit` is shown what is new in the newest segment, oldest first. */
  sync(visit: Visit): Promise<Result<void, RepositoryProblem>>;
  position(device: string): ReceiptPosition | undefined;
  /** Size of all receipts, in bytes, as far as the segments say it. */
  totalBytes(): number;
  /** One commit for all of them. One that stands in the log by now is not written again. */
  write(receipts: readonly VerifiedReceipt[], signal: AbortSignal): Promise<Result<void, RepositoryProblem>>;
  /** What is known counts no more: it is read again from Git. */
  forget(): void;
}

export function createReceiptLog(options: ReceiptLogOptions): ReceiptLog {
  const { prefix, replica, clock } = options;
  const limit = options.segmentBytes ?? segmentBytes;
  let own = readerOf(options, options.repository);
  /** Of the repository before, as long as the own one holds nothing. */
  let before: ReceiptReader | undefined;

  async function sync(visit: Visit): Promise<Result<void, RepositoryProblem>> {
    const read = await own.sync(visit);
    if (!read.ok || own.segment() !== '' || options.earlier === undefined) return read;
    before ??= readerOf(options, options.earlier);
    return before.sync(visit);
  }

  /** The reader that knows where everything stands. */
  const known = (): ReceiptReader => (own.segment() === '' ? (before ?? own) : own);

  return {
    sync,
    position: (device) => known().positions.of(device),
    totalBytes: () => known().totalBytes(),
    async write(receipts, signal) {
      // A write that failed late may stand there after all, and so may what another server took in.
      const refreshed = await options.repository.refresh(signal);
      if (!refreshed.ok) return refreshed;
      const synced = await sync(() => undefined);
      if (!synced.ok) return synced;
      const at = known();
      const missing = receipts.filter(
        ({ device, link }) => placeReceipt(at.positions.of(device), link) !== 'duplicate',
      );
      if (missing.length === 0) return ok();
      const content = missing.map(({ envelope }) => receiptLine(envelope)).join('');
      // A segment never goes on in another repository: two of one name could not be fetched into one clone.
      const isFull = at !== own || at.bytes() >= limit;
      const segment = nextSegment(at.segment(), new Date(clock.now()), isFull && at.segment() !== '');
      const ref = receiptRef(prefix, segment, replica);
      const parent = own.heads.get(ref) ?? null;
      const files = new Map([[receiptsFile, content]]);
      if (parent === null) {
        files.set(checkpointFile, checkpointText(at.positions.all()));
        files.set(segmentFile, segmentText(startOf(at, prefix, segment)));
      }
      const message = `${missing.length} ${missing.length === 1 ? 'receipt' : 'receipts'}\n`;
      const chain = chainOf(options, options.repository, ref);
      const appended = await chain.append({ parent, files, message }, signal);
      if (!appended.ok) return err(appended.error.problem);
      if (at !== own)
        for (const [device, position] of at.positions.all()) own.positions.advance(device, position);
      for (const { device, link } of missing) own.positions.advance(device, link);
      own.wrote(ref, appended.value, Buffer.byteLength(content));
      return ok();
    },
    forget() {
      own = readerOf(options, options.repository);
      before = undefined;
    },
  };
}

function readerOf(options: ReceiptLogOptions, repository: Repository): ReceiptReader {
  const { prefix } = options;
  return createReceiptReader({ repository, prefix, chainOf: (ref) => chainOf(options, repository, ref) });
}

function chainOf({ signer, trusted, clock }: ReceiptLogOptions, repository: Repository, ref: string): Chain {
  return createChain({ repository, ref, signer, trusted, clock });
}

/** What the first commit of our part of a segment says: the ends of the segment before it, and what all before it hold. */
function startOf(at: ReceiptReader, prefix: string, segment: string) {
  const others = [...at.heads].filter(([ref]) => segmentOf(prefix, ref) !== segment);
  const newest = others
    .map(([ref]) => segmentOf(prefix, ref))
    .sort(compareSegments)
    .at(-1);
  const isNew = segment !== at.segment();
  return {
    segment,
    previous: new Map(others.filter(([ref]) => segmentOf(prefix, ref) === newest)),
    bytesBefore: isNew ? at.totalBytes() : at.totalBytes() - at.bytes(),
  };
}
