// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Clock, type Result } from '@fairlead/base';
import { join } from 'node:path';
import { createAncestry, type Ancestry } from './ancestry.ts';
import { readBlobs, type BlobResult, type BulkOptions } from './bulk-blobs.ts';
import { checkSupported } from './check-supported.ts';
import { readGraph } from './commit-graph.ts';
import {
  firstParents,
  readCommits,
  type CommitLine,
  type ReadCommitsOptions,
  type WalkedCommit,
  type WalkOptions,
} from './commit-walk.ts';
import { realDisk, type Disk } from './disk.ts';
import { findGitFolder, type GitFolder } from './git-folder.ts';
import { createObjectReader, type ObjectReader } from './object-reader.ts';
import { createObjectWriter, type WriteObject } from './object-writer.ts';
import { unreadable, type RepositoryProblem } from './problem.ts';
import { listRefs, readRef } from './ref-reader.ts';
import { createRefWriter, type UpdateRef } from './ref-writer.ts';

/** A repository that was looked at once and found to be one that Fairlead reads rightly. */
export interface Repository extends GitFolder {
  readonly objects: ObjectReader;
  readonly ancestry: Ancestry;
  blobs(oids: readonly string[], options: BulkOptions): Promise<ReadonlyMap<string, BlobResult>>;
  /** From after `until` (null: from the first commit) up to `head` (null: there is none), along first parents; the oldest first. */
  firstParents(
    range: { readonly head: string | null; readonly until: string | null },
    options: WalkOptions,
  ): Promise<Result<CommitLine, RepositoryProblem>>;
  /** Commits with files at their top, in the order of their names; ends with the first that cannot be read. */
  commits(
    oids: readonly string[],
    options: ReadCommitsOptions,
  ): AsyncGenerator<Result<WalkedCommit, RepositoryProblem>, void>;
  readRef(ref: string): Promise<Result<string | null, RepositoryProblem>>;
  /** Full name → commit of every reference below `prefix`, which ends with '/'. */
  listRefs(prefix: string): Promise<Result<ReadonlyMap<string, string>, RepositoryProblem>>;
  readonly updateRef: UpdateRef;
  readonly writeObject: WriteObject;
  /** Learns what a remote holds now, where this is the mirror of one: then only `updateRef` and this talk to it. */
  refresh(signal: AbortSignal): Promise<Result<void, RepositoryProblem>>;
}

export interface OpenOptions {
  readonly clock: Clock;
  readonly disk?: Disk;
  /** How long a reference's lock that somebody else holds is waited for, in milliseconds. Default 5000. */
  readonly lockWaitMs?: number;
}

/** Opens the local repository at `path`: bare, with a work tree, or a linked work tree. */
export async function openRepository(
  path: string,
  options: OpenOptions,
): Promise<Result<Repository, RepositoryProblem>> {
  const folder = await examine(path);
  return folder.ok ? ok(repositoryIn(folder.value, options)) : folder;
}

/** Where the repository of `path` lies, if it is one that can be read rightly. */
export async function examine(path: string): Promise<Result<GitFolder, RepositoryProblem>> {
  const folder = await findGitFolder(path);
  if (!folder.ok) return folder;
  try {
    const refusal = await checkSupported(folder.value);
    return refusal === undefined ? folder : err(refusal);
  } catch (thrown) {
    return err(unreadable(path, thrown));
  }
}

export function repositoryIn(
  folder: GitFolder,
  { clock, disk = realDisk, lockWaitMs = 5000 }: OpenOptions,
): Repository {
  const { commonDir } = folder;
  const objects = createObjectReader(commonDir);
  return {
    ...folder,
    objects,
    ancestry: createAncestry(
      async (oid) => {
        const commit = await objects.commit(oid);
        return commit.ok ? ok(commit.value.parents) : commit;
      },
      (oid) => readGraph(commonDir, oid),
    ),
    blobs: (oids, bulk) => readBlobs(commonDir, objects, oids, bulk),
    firstParents: (range, walk) => firstParents(commonDir, objects, range, walk),
    commits: (oids, walk) => readCommits(commonDir, objects, oids, walk),
    readRef: (ref) => readRef(commonDir, ref),
    listRefs: (prefix) => listRefs(commonDir, prefix),
    updateRef: createRefWriter({ commonDir, scratch: join(commonDir, 'fairlead'), disk, clock, lockWaitMs }),
    writeObject: createObjectWriter(commonDir, disk),
    refresh: () => Promise.resolve(ok()),
  };
}
