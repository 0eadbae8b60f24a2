// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import type { CompileInput } from '@fairlead/compiler';
import type { RepositoryProblem } from '@fairlead/git';
import type { CommitSource } from './commit-input.ts';

/** Thrown out of the compiler when the repository, not the commit, is at fault. */
export class UnreadableCommit extends FairleadError {
  readonly problem: RepositoryProblem;

  constructor(problem: RepositoryProblem) {
    super(problem);
    this.problem = problem;
  }
}

/** What the compiler reads blobs with. Those that are too large are left out, which is an error of the commit. */
export function blobReader(
  { blobs }: Pick<CommitSource, 'blobs'>,
  signal: AbortSignal,
): CompileInput['read'] {
  return async (oids, maxBytes) => {
    const contents = new Map<string, Uint8Array>();
    for (const [oid, read] of await blobs(oids, { maxBytes, signal })) {
      if (read.ok) contents.set(oid, read.value);
      else if (read.error.code !== 'file-too-large') throw new UnreadableCommit(read.error);
    }
    return contents;
  };
}
