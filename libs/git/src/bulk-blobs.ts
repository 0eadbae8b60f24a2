// SPDX-License-Identifier: Apache-2.0
import type { Result } from '@fairlead/base';
import { err, ok } from '@fairlead/base';
import { catFiles } from './cat-file.ts';
import type { ObjectReader } from './object-reader.ts';
import { problem, type RepositoryProblem } from './problem.ts';

export type BlobResult = Result<Uint8Array, RepositoryProblem>;

/** From this many on, starting a child is cheaper than reading here. */
const worthAChild = 32;

export interface BulkOptions {
  /** In bytes; a larger blob answers `file-too-large`. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** False reads in this process alone. Default: where it is worth it. */
  readonly useGit?: boolean;
  /** Of the child. One that names a store of objects of its own leaves nothing to be read here. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Reads many blobs, with the installed `git` where there is one; the same answers with and without it. */
export async function readBlobs(
  commonDir: string,
  objects: ObjectReader,
  oids: readonly string[],
  { maxBytes, signal, env, useGit = env !== undefined || oids.length >= worthAChild }: BulkOptions,
): Promise<ReadonlyMap<string, BlobResult>> {
  const wanted = [...new Set(oids)];
  const fast = useGit ? await catFiles(commonDir, wanted, maxBytes, signal, env) : undefined;
  const found = new Map<string, BlobResult>();
  for (const oid of wanted) {
    signal.throwIfAborted();
    const answer = fast?.get(oid);
    if (answer === undefined) found.set(oid, await objects.blob(oid, maxBytes));
    else if (answer.kind === 'blob') found.set(oid, ok(answer.content));
    else found.set(oid, err(problem('file-too-large', `object ${oid} is over ${String(maxBytes)} bytes`)));
  }
  return found;
}
