// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import type { CompileInput } from '@fairlead/compiler';
import { createSnapshotReader, type Repository } from '@fairlead/git';
import { required } from './repository.ts';

/** What a commit means hangs on this alone; read from the repository as the compiler asks for it. */
export async function readCommitInput(
  repository: Repository,
  commit: string,
  branch: string,
  signal: AbortSignal,
): Promise<CompileInput> {
  const { tree, time, files } = required(await createSnapshotReader(repository.objects).read(commit));
  const generation = required(await repository.ancestry.generation(commit));
  return {
    commit,
    tree,
    time,
    branch,
    generation,
    files,
    async read(oids, maxBytes) {
      const blobs = await repository.blobs(oids, { maxBytes, signal });
      const found = new Map<string, Uint8Array>();
      for (const [oid, blob] of blobs) {
        if (blob.ok) found.set(oid, blob.value);
        else if (blob.error.code !== 'file-too-large') throw new FairleadError(blob.error);
      }
      return found;
    },
  };
}
