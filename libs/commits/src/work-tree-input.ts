// SPDX-License-Identifier: Apache-2.0
import type { CompileInput } from '@fairlead/compiler';
import type { WorkTree } from '@fairlead/git';

/** Git's own word for no commit. */
export const noCommit = '0'.repeat(40);

/** What a commit of this work tree would mean, as far as that can be said before there is one. */
export function workTreeInput(
  { tree, files, read }: WorkTree,
  place: Pick<CompileInput, 'branch' | 'generation' | 'time'>,
): CompileInput {
  return { commit: noCommit, tree, files, read, ...place };
}
