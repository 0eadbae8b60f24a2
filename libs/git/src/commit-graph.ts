// SPDX-License-Identifier: Apache-2.0
import { startGit } from './git-child.ts';

/** Commit → its parents. */
export type CommitGraph = ReadonlyMap<string, readonly string[]>;

/** Everything that is reachable from a commit, by one child of the installed `git`. Undefined: it has no answer. */
export async function readGraph(commonDir: string, commit: string): Promise<CommitGraph | undefined> {
  const args = ['rev-list', '--parents', commit];
  const { child, closed } = startGit(commonDir, args, new AbortController().signal);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  if ((await closed) !== 0) return undefined;
  const lines = Buffer.concat(chunks).toString('latin1').split('\n');
  return new Map(
    lines.flatMap((line): readonly [string, readonly string[]][] => {
      const [name = '', ...parents] = line.split(' ');
      return name === '' ? [] : [[name, parents]];
    }),
  );
}
