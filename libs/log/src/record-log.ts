// SPDX-License-Identifier: Apache-2.0
import { createTurns, err, ok, type Result } from '@fairlead/base';
import { problem, type Ed25519Signer, type RepositoryProblem } from '@fairlead/git';
import type { Chain } from './chain.ts';
import { createLogFold, type LogFold, type LogState } from './log-state.ts';
import { recordMessage } from './record-message.ts';
import { parseRecords, recordLine, requireReadable, type LogRecord } from './record.ts';
import { createSharedWrites } from './shared-writes.ts';
import { recordedVersions } from './versions.ts';

/** Name of the one file in each commit. */
export const recordsFile = 'records.jsonl';

/** The records of a fleet, in the order in which they took effect. */
export interface RecordLog {
  /**
   * Reads from Git what is not known yet: at first everything. An error ends it there: what stands before counts. `log-behind`: what
   * was known is gone, and nobody has adopted what stands there now.
   */
  sync(): Promise<Result<void, RepositoryProblem>>;
  state(): LogState;
  /**
   * Resolves when the records stand in the log, all of them or none. Records that wait together share a commit. `ref-contended`:
   * somebody else wrote; their records are read by then, and what was decided before may no longer hold. So it is too where the decision
   * does not stand; that is asked when nothing comes between any more.
   */
  append(
    records: readonly LogRecord[],
    signal: AbortSignal,
    decision?: Decision,
  ): Promise<Result<void, RepositoryProblem>>;
}

/** By what records were decided. */
export interface Decision {
  /** Whether the log still is what they were decided by. */
  readonly stands: (state: LogState) => boolean;
  /** Who signs their commit: another than the log's own where they bring the root that lists it. */
  readonly signer?: Ed25519Signer;
}

/** What is known of the records, and up to where. */
interface Known {
  readonly fold: LogFold;
  head: string | null;
}

export function createRecordLog(chain: Chain): RecordLog {
  let known: Known = { fold: createLogFold(), head: null };

  async function readOn(into: Known): Promise<Result<void, RepositoryProblem>> {
    for await (const commit of chain.read(into.head, [recordsFile])) {
      if (!commit.ok) return commit;
      const { oid, files } = commit.value;
      const records = parseRecords(files.get(recordsFile) ?? '');
      if (!records.ok) {
        const why = records.error.join('; ');
        return err(problem('log-forged', `${recordsFile} of ${oid} cannot be read: ${why}`));
      }
      for (const record of records.value) into.fold.apply(record);
      into.head = oid;
    }
    return ok();
  }

  async function sync(): Promise<Result<void, RepositoryProblem>> {
    const read = await readOn(known);
    if (read.ok || read.error.code !== 'log-behind') return read;
    const anew: Known = { fold: createLogFold(), head: null };
    const readAnew = await readOn(anew);
    if (!readAnew.ok || !hasAdopted(anew.fold.state, known.fold.state)) return read;
    known = anew;
    return ok();
  }

  // Reading and writing take turns, or a record might count twice.
  const turns = createTurns();
  const write = async (
    records: readonly LogRecord[],
    signal: AbortSignal,
    by?: Ed25519Signer,
  ): Promise<Result<void, RepositoryProblem>> => {
    const files = new Map([[recordsFile, records.map(recordLine).join('')]]);
    const message = recordMessage(records);
    const appended = await chain.append({ parent: known.head, files, message, by }, signal);
    if (appended.ok) {
      known.head = appended.value;
      for (const record of records) known.fold.apply(record);
      return ok();
    }
    if (appended.error.kind === 'lost') {
      const read = await sync();
      if (!read.ok) return read;
    }
    return err(appended.error.problem);
  };
  const share = createSharedWrites<LogRecord>(turns, (records, signal) => write(records, signal));

  return {
    sync: () => turns(sync),
    state: () => known.fold.state,
    async append(records, signal, decision) {
      for (const record of records) requireReadable(record);
      if (decision === undefined) return share(records, signal);
      return turns(async () =>
        decision.stands(known.fold.state)
          ? write(records, signal, decision.signer)
          : err(problem('ref-contended', 'the log went on while this was decided')),
      );
    },
  };
}

/** Another log in the place of the one that was known counts where an operator adopted it, and no version is signed twice. */
function hasAdopted(now: LogState, before: LogState): boolean {
  return (
    now.adoptions > before.adoptions && recordedVersions(now).snapshot >= recordedVersions(before).snapshot
  );
}
