// SPDX-License-Identifier: Apache-2.0
import { codeInfo } from '@fairlead/base';
import type { Outline } from '@fairlead/compiler';
import type { Repository } from '@fairlead/git';
import { readLastRevision, refNames } from '@fairlead/log';
import type { Diagnostic } from '@fairlead/spec';
import { required } from './repository.ts';

/** What the counter is lifted by stands here, so here it is to be mended. */
const place = { file: 'trust/history.json', line: 1, column: 1, endLine: 1, endColumn: 1 } as const;

/**
 * A commit on top of the newest recorded revision would be refused unless its counter is above that one's, and so would one that says
 * that it replaces that history. Of other commits beside or before it nothing can be said: they are deployed by a merge, or were.
 * `at`: where in the history it stands; of what is not committed yet, the commit below.
 */
export async function checkCounter(
  repository: Repository,
  branch: string,
  { counter, replaced }: Pick<Outline, 'counter' | 'replaced'>,
  commit: string,
  at = commit,
): Promise<readonly Diagnostic[]> {
  const last = required(await readLastRevision(repository, branch));
  if (last === null || last.commit === commit || counter > last.counter) return [];
  const head = required(await repository.readRef(refNames(branch).recorded));
  const isOnTop = required(await repository.ancestry.isDescendant(last.commit, at));
  if (!isOnTop && !replaced.some((oid) => oid === head || oid === last.commit)) return [];
  const code = 'counter-not-rising';
  const message = `the counter of this commit, ${counter}, is not above ${last.counter}, that of the recorded commit ${last.commit}`;
  return [{ ...place, severity: 'error', code, message, hint: codeInfo(code).hint }];
}
