// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { createCompiler, type CompileResult } from '@fairlead/compiler';
import { createSnapshotReader, type RepositoryProblem } from '@fairlead/git';
import { UnreadableCommit } from './blob-reader.ts';
import { readCommitInput, type CommitSource } from './commit-input.ts';

/** Compiles commits of one repository after another; what did not change between two is not read again. */
export interface CommitCompiler {
  compile(commit: string, signal: AbortSignal): Promise<Result<CompileResult, RepositoryProblem>>;
}

export function createCommitCompiler(source: CommitSource, branch: string): CommitCompiler {
  const snapshots = createSnapshotReader(source.objects);
  const compiler = createCompiler();
  return {
    async compile(commit, signal) {
      const input = await readCommitInput(source, commit, { branch, signal, snapshots });
      if (!input.ok) return input;
      try {
        return ok(await compiler.compile(input.value));
      } catch (thrown) {
        if (thrown instanceof UnreadableCommit) return err(thrown.problem);
        throw thrown;
      }
    },
  };
}
