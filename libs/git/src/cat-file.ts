// SPDX-License-Identifier: Apache-2.0
import { createBatchParser } from './batch-parser.ts';
import { startGit } from './git-child.ts';

/** What `git cat-file --batch` made of one object. `undefined`: ask elsewhere. */
export type CatFileAnswer =
  { readonly kind: 'blob'; readonly content: Uint8Array } | { readonly kind: 'too-large' } | undefined;

/**
 * Reads many blobs by one child of the installed `git`, about twenty times as fast as in this process. Whatever goes wrong (no `git`,
 * another owner, a corrupt object) only leaves answers out.
 */
export async function catFiles(
  commonDir: string,
  oids: readonly string[],
  maxBytes: number,
  signal: AbortSignal,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ReadonlyMap<string, Exclude<CatFileAnswer, undefined>>> {
  const answers = new Map<string, Exclude<CatFileAnswer, undefined>>();
  const { child, closed } = startGit(commonDir, ['cat-file', '--batch', '--buffer'], signal, env);
  const parse = createBatchParser(maxBytes, (object) => {
    if (object?.type !== 'blob') return;
    const { oid, content } = object;
    answers.set(oid, content === null ? { kind: 'too-large' } : { kind: 'blob', content });
  });
  child.stdout.on('data', parse);
  child.stdin.end(oids.map((oid) => `${oid}\n`).join(''));
  await closed;
  signal.throwIfAborted();
  return answers;
}
