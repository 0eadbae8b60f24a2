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
}

/** A log as far as it can be believed. */
interface Believed {
  readonly commits: readonly ChainCommit[];
  /** What the reference means; other than the last of the commits where that is forged. */
  readonly ref: string | null;
}

/**
 * Brings records back that a clone still has, under their own names where the log did not go on without them, else once more at its
 * end; and says so in a record. `nothing-to-adopt`: the clone holds none that is missing.
 */
export async function adoptFrom(
  options: AdoptOptions,
  clone: Repository,
): Promise<Result<Adoption, RepositoryProblem>> {
  const ours = await believe(options, options.repository);
  if (!ours.ok) return ours;
  const theirs = await believe(options, clone);
  if (!theirs.ok) return theirs;
  const known = new Set(ours.value.commits.map(({ oid }) => oid));
  const missing = theirs.value.commits.filter(({ oid }) => !known.has(oid));
  const newest = missing.at(-1);
  if (newest === undefined)
    return err(problem('nothing-to-adopt', 'the clone holds no record that is missing here'));
  const records = missing.flatMap(({ files }) => recordsOf(files));
  const how = { kind: 'clone', head: newest.oid, records: records.length } as const;
  const hasGoneOn = theirs.value.commits.length - missing.length < ours.value.commits.length;
  if (hasGoneOn) return append(options, ours.value, headOf(ours.value), { ...how, again: true }, records);
  try {
    const oids = missing.map(({ oid }) => oid);
    const copied = await copyBatches(clone, options.repository, oids);
    if (!copied.ok) return copied;
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    return err(unwritable(refNames(options.branch).records, thrown));
  }
  return append(options, ours.value, newest.oid, { ...how, again: false }, []);
}

/** Goes on without what is missing: every version signed from now on is above this one. */
export async function adoptAbove(
  options: AdoptOptions,
  version: number,
): Promise<Result<Adoption, RepositoryProblem>> {
  const ours = await believe(options, options.repository);
  if (!ours.ok) return ours;
  return append(options, ours.value, headOf(ours.value), { kind: 'above', version }, []);
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

async function append(
  options: AdoptOptions,
  ours: Believed,
  parent: string | null,
  how: AdoptedRecord['how'],
  again: readonly LogRecord[],
): Promise<Result<Adoption, RepositoryProblem>> {
  const at = new Date(options.clock.now()).toISOString();
  const record: AdoptedRecord = { kind: 'adopted', at, by: options.by, how };
  const files = new Map([[recordsFile, [record, ...again].map(recordLine).join('')]]);
  const batch = { parent, replaces: ours.ref, files, message: recordMessage([record, ...again]) };
  const chain = createChain({ ...options, ref: refNames(options.branch).records });
  const appended = await chain.append(batch, new AbortController().signal);
  if (!appended.ok) return err(appended.error.problem);
  const dropped = ours.ref === headOf(ours) ? null : ours.ref;
  return ok({ record, commit: appended.value, dropped });
}

function headOf({ commits }: Believed): string | null {
  return commits.at(-1)?.oid ?? null;
}

function recordsOf(files: ReadonlyMap<string, string>): readonly LogRecord[] {
  const records = parseRecords(files.get(recordsFile) ?? '');
  return records.ok ? records.value : [];
}
