// SPDX-License-Identifier: Apache-2.0
import { ok, type Clock, type Logger, type Result } from '@fairlead/base';
import type { Ed25519Signer, Repository, RepositoryProblem } from '@fairlead/git';
import { createChain } from './chain.ts';
import { createCommitHolder } from './commit-holder.ts';
import type { LogState } from './log-state.ts';
import { createNoteKeeper, type NoteKeeper } from './note-keeper.ts';
import { createReceiptBatcher, type ReceiptBatcher } from './receipt-batcher.ts';
import { createReceiptLog } from './receipt-log.ts';
import type { ReceiptPosition } from './receipt-position.ts';
import { createRecordLog } from './record-log.ts';
import type { LogRecord } from './record.ts';
import { refNames } from './ref-names.ts';

export interface FleetLogOptions {
  readonly repository: Repository;
  /** The watched branch. */
  readonly branch: string;
  /** The snapshot key. */
  readonly signer: Ed25519Signer;
  /** Names this server among those that write receipts; lower case letters, digits and dashes. */
  readonly replica: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The deployment log of a fleet, in its own repository. */
export interface FleetLog {
  /** Reads everything from Git; call first. `visit` is shown the envelopes of the newest segment, oldest first. */
  open(visit: (envelope: Uint8Array) => void): Promise<Result<void, RepositoryProblem>>;
  /** Reads the records that others wrote since. `log-behind`: what was known stands there no longer. */
  sync(): Promise<Result<void, RepositoryProblem>>;
  state(): LogState;
  /**
   * Resolves when all of them stand in the log. `ref-contended`: another server wrote; its records are read by then, and what was
   * decided before may no longer hold.
   */
  append(records: readonly LogRecord[]): Promise<Result<void, RepositoryProblem>>;
  position(device: string): ReceiptPosition | undefined;
  readonly receipts: Pick<ReceiptBatcher, 'store'>;
  readonly notes: Pick<NoteKeeper, 'put'>;
  /** Writes batches and notes until the signal aborts, and what is left after that. */
  run(signal: AbortSignal): Promise<void>;
}

export function openFleetLog({
  repository,
  branch,
  signer,
  replica,
  clock,
  logger,
}: FleetLogOptions): FleetLog {
  const refs = refNames(branch);
  const records = createRecordLog(createChain({ repository, ref: refs.records, signer, clock }));
  const receiptLog = createReceiptLog({ repository, prefix: refs.receipts, replica, signer, clock });
  const receipts = createReceiptBatcher(receiptLog, clock);
  const notes = createNoteKeeper({ repository, ref: refs.notes, clock, logger });
  const holder = createCommitHolder({ repository, ref: refs.recorded, logger });

  /** After each look at the log and each write, what it names last is held. */
  async function holding(
    done: Promise<Result<void, RepositoryProblem>>,
  ): Promise<Result<void, RepositoryProblem>> {
    const result = await done;
    if (result.ok) await holder.hold(records.state().head);
    return result;
  }

  return {
    async open(visit) {
      const read = await holding(records.sync());
      return read.ok ? receiptLog.sync(visit) : read;
    },
    sync: () => holding(records.sync()),
    state: () => records.state(),
    append: (items) =>
      items.length === 0
        ? Promise.resolve(ok())
        : holding(records.append(items, new AbortController().signal)),
    position: (device) => receiptLog.position(device),
    receipts,
    notes,
    async run(signal) {
      await Promise.all([receipts.run(signal), notes.run(signal)]);
    },
  };
}
