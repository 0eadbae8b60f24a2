// SPDX-License-Identifier: Apache-2.0
import { ok, type Result } from '@fairlead/base';
import type { CompileInput } from '@fairlead/compiler';
import {
  createSnapshotReader,
  type Repository,
  type RepositoryProblem,
  type SnapshotReader,
} from '@fairlead/git';
import { blobReader } from './blob-reader.ts';

/** Where commits are read from. */
export type CommitSource = Pick<Repository, 'objects' | 'ancestry' | 'blobs'>;

export interface CommitInputOptions {
  /** The branch that is deployed; it is part of the revision. */
  readonly branch: string;
  readonly signal: AbortSignal;
  /** Remembers the folders of the commit before; where there is none, every folder is read. */
  readonly snapshots?: SnapshotReader;
}

/** All that a commit's meaning hangs on. Blobs are read when the compiler asks for them, and reject with `UnreadableCommit`. */
export async function readCommitInput(
  source: CommitSource,
  commit: string,
  { branch, signal, snapshots = createSnapshotReader(source.objects) }: CommitInputOptions,
): Promise<Result<CompileInput, RepositoryProblem>> {
  const snapshot = await snapshots.read(commit);
  if (!snapshot.ok) return snapshot;
  const generation = await source.ancestry.generation(commit);
  if (!generation.ok) return generation;
  const { tree, time, files } = snapshot.value;
  const read = blobReader(source, signal);
  return ok({ commit, tree, time, branch, generation: generation.value, files, read });
}
