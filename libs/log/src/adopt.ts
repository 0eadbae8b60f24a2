// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Clock, type Result } from '@fairlead/base';
import {
  isDiskError,
  problem,
  unwritable,
  type Ed25519Signer,
  type Repository,
  type RepositoryProblem,
} from '@fairlead/git';
import { adoptReceipts, type AdoptedReceipts } from './adopt-receipts.ts';
import { createChain, type ChainCommit } from './chain.ts';
import { copyBatches } from './copy-batches.ts';
import { recordMessage } from './record-message.ts';
import { parseRecords, recordLine, type AdoptedRecord, type LogRecord } from './record.ts';
import { recordsFile } from './record-log.ts';
import { refNames } from './ref-names.ts';
import type { KeySets } from './signature-judge.ts';

export interface AdoptOptions {
  /** Holds the log that goes on. */
  readonly repository: Repository;
  /** Holds its receipts. Default: `repository`, too. */
  readonly receipts?: Repository | undefined;
  readonly branch: string;
  /** The snapshot key of the newest root. */
  readonly signer: Ed25519Signer;
  /** The snapshot keys of every root, the oldest first. */
  readonly trusted: () => KeySets;
  readonly clock: Clock;
  /** Who says so. */
  readonly by: string;
}

/** How the log goes on. */
export interface Adoption {
  readonly record: AdoptedRecord;
  /** The commit that holds the record: the log's head now. */
  readonly commit: string;
  /** The head before, where it was left behind because it is not signed by us; null: nothing was. */
  readonly dropped: string | null;
  readonly receipts: AdoptedReceipts;
}

/** A log as far as it can be believed. */
interface Believed {
  readonly commits: readonly ChainCommit[];
  /** What the reference means; other than the last of the commits where that is forged. */
  readonly ref: string | null;
}

/**
 * Brings records and receipts back that a clone still has. Records stand under their own names where the log did not go on without
 * them, else once more at its end; and a record says so. `nothing-to-adopt`: the clone holds nothing that is missing.
 */
export async function adoptFrom(
  options: AdoptOptions,
  clone: Repository,
): Promise<Result<Adoption, RepositoryProblem>> {
  const ours = await believe(options, options.repository);
  if (!ours.ok) return ours;
  const theirs = await believe(options, clone);
  if (!theirs.ok) return theirs;
  try {
    const receipts = await adoptReceipts(options, clone);
    if (!receipts.ok) return receipts;
    const known = new Set(ours.value.commits.map(({ oid }) => oid));
    const missing = theirs.value.commits.filter(({ oid }) => !known.has(oid));
    const head = headOf(theirs.value);
    if (head === null || (missing.length === 0 && receipts.value.batches === 0))
      return err(problem('nothing-to-adopt', 'the clone holds nothing that is missing here'));
    const records = missing.flatMap(({ files }) => recordsOf(files));
    const hasGoneOn = theirs.value.commits.length - missing.length < ours.value.commits.length;
    const adopt = (parent: string | null, again: readonly LogRecord[]) => {
      const how = { kind: 'clone', head, records: records.length, again: again.length > 0 } as const;
      return append(options, ours.value, { parent, how, again, receipts: receipts.value });
    };
    if (hasGoneOn) return await adopt(headOf(ours.value), records);
    const copied = await copyBatches(
      clone,
      options.repository,
      missing.map(({ oid }) => oid),
    );
    return copied.ok ? await adopt(head, []) : copied;
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    return err(unwritable(refNames(options.branch).records, thrown));
  }
}

/** Goes on without what is missing: every version signed from now on is above this one. */
export async function adoptAbove(
  options: AdoptOptions,
  version: number,
): Promise<Result<Adoption, RepositoryProblem>> {
  const ours = await believe(options, options.repository);
  if (!ours.ok) return ours;
  const how = { kind: 'above', version } as const;
  const receipts = { batches: 0, parted: [] };
  return append(options, ours.value, { parent: headOf(ours.value), how, again: [], receipts });
}

async function believe(
  options: AdoptOptions,
  repository: Repository,
): Promise<Result<Believed, RepositoryProblem>> {
  const ref = refNames(options.branch).records;
  const head = await repository.readRef(ref);
  if (!head.ok) return head;
  const commits: ChainCommit[] = [];
  for await (const read of createChain({ ...options, repository, ref }).read(null, [recordsFile])) {
    if (read.ok) commits.push(read.value);
    else if (read.error.code !== 'log-forged') return read;
  }
  return ok({ commits, ref: head.value });
}

interface Step {
  readonly parent: string | null;
  readonly how: AdoptedRecord['how'];
  /** Records to follow once more. */
  readonly again: readonly LogRecord[];
  readonly receipts: AdoptedReceipts;
}

async function append(
  options: AdoptOptions,
  ours: Believed,
  { parent, how, again, receipts }: Step,
): Promise<Result<Adoption, RepositoryProblem>> {
  const at = new Date(options.clock.now()).toISOString();
  const record: AdoptedRecord = { kind: 'adopted', at, by: options.by, how };
  const files = new Map([[recordsFile, [record, ...again].map(recordLine).join('')]]);
  const batch = { parent, replaces: ours.ref, files, message: recordMessage([record, ...again]) };
  const chain = createChain({ ...options, ref: refNames(options.branch).records });
  const appended = await chain.append(batch, new AbortController().signal);
  if (!appended.ok) return err(appended.error.problem);
  const dropped = ours.ref === headOf(ours) ? null : ours.ref;
  return ok({ record, commit: appended.value, dropped, receipts });
}

function headOf({ commits }: Believed): string | null {
  return commits.at(-1)?.oid ?? null;
}

function recordsOf(files: ReadonlyMap<string, string>): readonly LogRecord[] {
  const records = parseRecords(files.get(recordsFile) ?? '');
  return records.ok ? records.value : [];
}
