// SPDX-License-Identifier: Apache-2.0
import { ok, type Clock, type Logger, type Result } from '@fairlead/base';
import type { Ed25519Signer, Repository, RepositoryProblem } from '@fairlead/git';
import { createChain } from './chain.ts';
import { createCommitHolder } from './commit-holder.ts';
import type { LogState } from './log-state.ts';
import { createNoteKeeper, type NoteKeeper } from './note-keeper.ts';
import { createProofBook, type Proof } from './proof-book.ts';
import { createReceiptBatcher, type ReceiptBatcher } from './receipt-batcher.ts';
import { createReceiptLog, type ReceiptLog } from './receipt-log.ts';
import type { ReceiptPosition } from './receipt-position.ts';
import { createRecordLog, type Decision } from './record-log.ts';
import type { LogRecord } from './record.ts';
import { refNames } from './ref-names.ts';
import type { KeySets } from './signature-judge.ts';
import { createSizeAdvice, largeReceipts } from './size-advice.ts';

export interface FleetLogOptions {
  /** Holds records and notes. */
  readonly repository: Repository;
  /** Holds the receipts. Default: `repository`, too. */
  readonly receipts?: Repository | undefined;
  /** Where receipts went before, if that was elsewhere: each device goes on from its place there. Default: `repository`. */
  readonly earlier?: Repository | undefined;
  /** False: the commits that are deployed are not those of `repository`, so it cannot hold them. Default true. */
  readonly holdsCommits?: boolean | undefined;
  /** The watched branch. */
  readonly branch: string;
  /** The snapshot key. */
  readonly signer: Ed25519Signer;
  /** The snapshot keys of every root, the oldest first. Default: the signer's alone. */
  readonly trusted?: (() => KeySets) | undefined;
  /** Names this server among those that write receipts; lower case letters, digits and dashes. */
  readonly replica: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A segment of receipts ends at this size, in bytes. Default 512 MiB. */
  readonly segmentBytes?: number | undefined;
  /** From this size of all receipts on, in bytes, a repository of their own is advised. Default 256 MiB. */
  readonly largeReceipts?: number | undefined;
}

/** The deployment log of a fleet. */
export interface FleetLog {
  /** Reads everything from Git; call first. `visit` is shown the envelopes of the newest segment, oldest first. */
  open(visit: (envelope: Uint8Array) => void): Promise<Result<void, RepositoryProblem>>;
  /** Reads the records that others wrote since. `log-behind`: what was known, or was proven, does not stand there. */
  sync(): Promise<Result<void, RepositoryProblem>>;
  state(): LogState;
  /**
   * Resolves when all of them stand in the log. `ref-contended`: another server wrote; its records are read by then, and what was
   * decided before may no longer hold. So it is too where the decision, asked right before the write, does not stand: the log may have
   * been read again in the meantime.
   */
  append(records: readonly LogRecord[], decision?: Decision): Promise<Result<void, RepositoryProblem>>;
  /**
   * A device showed by a file that we signed more than the log holds. Until the log is read again and holds it, or an operator adopts
   * it, `sync` and `append` answer `log-behind`: no version is signed twice.
   */
  prove(proof: Proof): void;
  position(device: string): ReceiptPosition | undefined;
  readonly receipts: Pick<ReceiptBatcher, 'store'>;
  readonly notes: Pick<NoteKeeper, 'put'>;
  /** Writes batches and notes until the signal aborts, and what is left after that. */
  run(signal: AbortSignal): Promise<void>;
}

export function openFleetLog(options: FleetLogOptions): FleetLog {
  const { repository, branch, signer, replica, clock, logger, segmentBytes } = options;
  const receiptsIn = options.receipts ?? repository;
  const trusted = options.trusted ?? (() => [[signer.publicKey]]);
  const refs = refNames(branch);
  const records = createRecordLog(createChain({ repository, ref: refs.records, signer, trusted, clock }));
  const receiptLog = createReceiptLog({
    repository: receiptsIn,
    earlier: receiptsIn === repository ? options.earlier : (options.earlier ?? repository),
    prefix: refs.receipts,
    replica,
    signer,
    trusted,
    clock,
    segmentBytes,
  });
  const advice = createSizeAdvice(logger, options.largeReceipts ?? largeReceipts);
  const advise = (): void => {
    if (receiptsIn === repository && (options.holdsCommits ?? true)) advice.look(receiptLog.totalBytes());
  };
  const advised: ReceiptLog = {
    ...receiptLog,
    async write(batch, ends) {
      const written = await receiptLog.write(batch, ends);
      advise();
      return written;
    },
  };
  const receipts = createReceiptBatcher(advised, clock);
  const notes = createNoteKeeper({ repository, ref: refs.notes, clock, logger });
  const holder = createCommitHolder({ repository, ref: refs.recorded, logger });
  const proofs = createProofBook();
  /** What is begun is brought to its end. */
  const { signal } = new AbortController();
  let adoptions: number | undefined;

  /** After each look at the log and each write, what it names last is held. */
  async function holding(
    done: Promise<Result<void, RepositoryProblem>>,
  ): Promise<Result<void, RepositoryProblem>> {
    const result = await done;
    if (!result.ok) return result;
    if (options.holdsCommits ?? true) await holder.hold(records.state().head);
    // With what an operator brought back, receipts may have come back.
    if (adoptions !== undefined && adoptions !== records.state().adoptions) receiptLog.forget();
    ({ adoptions } = records.state());
    return proofs.judge(records.state());
  }

  async function look(): Promise<Result<void, RepositoryProblem>> {
    const refreshed = await repository.refresh(signal);
    return refreshed.ok ? holding(records.sync()) : refreshed;
  }

  return {
    async open(visit) {
      const read = await look();
      if (!read.ok) return read;
      if (receiptsIn !== repository) {
        const refreshed = await receiptsIn.refresh(signal);
        if (!refreshed.ok) return refreshed;
      }
      const found = await receiptLog.sync(visit);
      advise();
      return found;
    },
    sync: look,
    state: () => records.state(),
    async append(items, decision) {
      if (items.length === 0) return ok();
      const proven = proofs.judge(records.state());
      return proven.ok ? holding(records.append(items, signal, decision)) : proven;
    },
    prove: (proof) => {
      proofs.add(proof);
    },
    position: (device) => receiptLog.position(device),
    receipts,
    notes,
    async run(signal) {
      await Promise.all([receipts.run(signal), notes.run(signal)]);
    },
  };
}
