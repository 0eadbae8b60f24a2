// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { createCompiler, type CompileResult } from '@fairlead/compiler';
import {
  createSnapshotReader,
  type Repository,
  type RepositoryProblem,
  type SnapshotReader,
} from '@fairlead/git';
import { blobReader, UnreadableCommit } from './blob-reader.ts';

/** Compiles commits of one repository after another; what did not change between two is not read again. */
export interface CommitCompiler {
  compile(commit: string, signal: AbortSignal): Promise<Result<CompileResult, RepositoryProblem>>;
}

export function createCommitCompiler(repository: Repository, branch: string): CommitCompiler {
  const snapshots: SnapshotReader = createSnapshotReader(repository.objects);
  const compiler = createCompiler();
  return {
    async compile(commit, signal) {
      const snapshot = await snapshots.read(commit);
      if (!snapshot.ok) return snapshot;
      const generation = await repository.ancestry.generation(commit);
      if (!generation.ok) return generation;
      const { tree, time, files } = snapshot.value;
      try {
        const read = blobReader(repository, signal);
        return ok(
          await compiler.compile({ commit, tree, time, branch, generation: generation.value, files, read }),
        );
      } catch (thrown) {
        if (thrown instanceof UnreadableCommit) return err(thrown.problem);
        throw thrown;
      }
    },
  };
}
