// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { problem, type Repository, type RepositoryProblem } from '@fairlead/git';
import type { Chain } from './chain.ts';
import { batchFiles, parseReceiptBatch, type ReceiptBatch } from './receipt-batch.ts';
import { createPositions, type Positions } from './receipt-position.ts';
import { compareSegments, segmentOf, segmentsIn, type SegmentName } from './receipt-segments.ts';

/** Shown each envelope once, as it stands in the log. */
export type Visit = (envelope: Uint8Array) => void;

/** What is known of the receipts in one repository: of its newest segment all, of the older ones what the newest says of them. */
export interface ReceiptReader {
  /** Reads what is new: at first the newest segment, and what was still written into the one before after that had begun. */
  sync(visit: Visit): Promise<Result<void, RepositoryProblem>>;
  readonly positions: Positions;
  /** The newest; empty: there is none. */
  segment(): SegmentName;
  /** Reference → newest commit that was read, of the newest segments. */
  readonly heads: ReadonlyMap<string, string>;
  /** Size of the receipts in the newest segment. */
  bytes(): number;
  /** Size of all receipts, as far as the segments say it. */
  totalBytes(): number;
  /** One of our own commits stands there now. */
  wrote(ref: string, commit: string, bytes: number): void;
}

export interface ReceiptReaderOptions {
  readonly repository: Repository;
  /** Prefix of the references, with '/' at the end. */
  readonly prefix: string;
  readonly chainOf: (ref: string) => Chain;
}

/** The batches of one reference, the first of them read already. */
interface Source {
  readonly ref: string;
  readonly rest: AsyncGenerator<Result<ReceiptBatch, RepositoryProblem>, void>;
  next: ReceiptBatch;
}

export function createReceiptReader({ repository, prefix, chainOf }: ReceiptReaderOptions): ReceiptReader {
  const positions = createPositions();
  const chains = new Map<string, Chain>();
  const heads = new Map<string, string>();
  /** Where the segment before ended when the oldest one that we read began. */
  const ends = new Map<string, string>();
  const sizes = new Map<SegmentName, number>();
  let newest: SegmentName = '';
  /** References of older segments are not looked at; null: nothing was read yet. */
  let oldest: SegmentName | null = null;
  let bytesBefore = 0;

  async function* batchesOf(ref: string): AsyncGenerator<Result<ReceiptBatch, RepositoryProblem>, void> {
    const chain = chains.get(ref) ?? chainOf(ref);
    chains.set(ref, chain);
    // The clock of a writer may fall back; its commits keep their order.
    let written = 0;
    for await (const commit of chain.read(heads.get(ref) ?? ends.get(ref) ?? null, batchFiles)) {
      const batch = commit.ok ? parseReceiptBatch(commit.value) : commit;
      if (!batch.ok) {
        yield batch;
        return;
      }
      written = Math.max(written, batch.value.written);
      yield ok({ ...batch.value, written });
    }
  }

  async function open(ref: string): Promise<Result<Source | undefined, RepositoryProblem>> {
    const rest = batchesOf(ref);
    const first = await rest.next();
    if (first.done === true) return ok(undefined);
    return first.value.ok ? ok({ ref, rest, next: first.value.value }) : first.value;
  }

  /** Those of several writers in the order of the clock: another instance of a device counts from when it was first seen. */
  async function drain(sources: Source[], visit: Visit): Promise<Result<void, RepositoryProblem>> {
    for (;;) {
      const [first, ...others] = sources;
      if (first === undefined) return ok();
      const source = others.reduce((a, b) => (b.next.written < a.next.written ? b : a), first);
      take(source.ref, source.next, visit);
      const next = await source.rest.next();
      if (next.done === true) sources.splice(sources.indexOf(source), 1);
      else if (next.value.ok) source.next = next.value.value;
      else return next.value;
    }
  }

  function take(
    ref: string,
    { commit, start, checkpoint, receipts, bytes }: ReceiptBatch,
    visit: Visit,
  ): void {
    const segment = segmentOf(prefix, ref);
    if (segment === newest && start !== undefined) bytesBefore = Math.max(bytesBefore, start.bytesBefore);
    for (const [device, position] of checkpoint) positions.advance(device, position);
    for (const { device, position, envelope } of receipts) {
      positions.advance(device, position);
      visit(envelope);
    }
    sizes.set(segment, (sizes.get(segment) ?? 0) + bytes);
    heads.set(ref, commit);
  }

  /** A newer segment has begun: what the ones before hold in all, it says itself, or we have read it. */
  function turnTo(segment: SegmentName): void {
    if (segment === newest) return;
    bytesBefore += sizes.get(newest) ?? 0;
    newest = segment;
  }

  async function sync(visit: Visit): Promise<Result<void, RepositoryProblem>> {
    const listed = await repository.listRefs(prefix);
    if (!listed.ok) return listed;
    const segments = segmentsIn(prefix, listed.value.keys());
    const last = segments.at(-1) ?? '';
    if (compareSegments(last, newest) < 0)
      return err(problem('log-behind', `${prefix}${newest} is gone, which receipts stood in`));
    turnTo(last);
    const isFirst = oldest === null;
    const since = (oldest ??= segments.at(-2) ?? last);
    const due = [...listed.value].filter(
      ([ref, head]) =>
        segmentOf(prefix, ref) !== '' &&
        compareSegments(segmentOf(prefix, ref), since) >= 0 &&
        heads.get(ref) !== head,
    );
    const sources: Source[] = [];
    try {
      // The newest first: it says where the one before ended.
      due.sort(([a], [b]) => compareSegments(segmentOf(prefix, b), segmentOf(prefix, a)));
      for (const [ref, head] of due) {
        const source = await open(ref);
        if (!source.ok) return source;
        if (source.value === undefined) {
          heads.set(ref, head);
          continue;
        }
        sources.push(source.value);
        if (!isFirst) continue;
        for (const [end, commit] of source.value.next.start?.previous ?? []) ends.set(end, commit);
      }
      return await drain(sources, visit);
    } finally {
      for (const { rest } of sources) await rest.return();
    }
  }

  return {
    sync,
    positions,
    segment: () => newest,
    heads,
    bytes: () => sizes.get(newest) ?? 0,
    totalBytes: () => bytesBefore + (sizes.get(newest) ?? 0),
    wrote(ref, commit, bytes) {
      const segment = segmentOf(prefix, ref);
      turnTo(segment);
      heads.set(ref, commit);
      sizes.set(segment, (sizes.get(segment) ?? 0) + bytes);
    },
  };
}
