// SPDX-License-Identifier: Apache-2.0
import { codeInfo } from '@fairlead/base';
import { readRoots } from '@fairlead/commits';
import type { Outline } from '@fairlead/compiler';
import type { Repository } from '@fairlead/git';
import { readLastRevision } from '@fairlead/log';
import type { Diagnostic } from '@fairlead/spec';
import { required } from './repository.ts';

/**
 * A commit on top of the newest recorded revision would be refused if it lacked a root of that one, or held another in its place.
 * `at`: where in the history it stands; of what is not committed yet, the commit below.
 */
export async function checkRoots(
  repository: Repository,
  branch: string,
  { roots, replaced }: Pick<Outline, 'roots' | 'replaced'>,
  commit: string,
  at = commit,
): Promise<readonly Diagnostic[]> {
  const last = required(await readLastRevision(repository, branch));
  if (last === null || last.commit === commit) return [];
  const isOnTop = required(await repository.ancestry.isDescendant(last.commit, at));
  if (!isOnTop && replaced.length === 0) return [];
  const recorded = (await readRoots(repository, last.commit)) ?? [];
  const index = recorded.findIndex((root, place) => Buffer.compare(root, roots[place] ?? nothing) !== 0);
  if (index < 0) return [];
  const code = 'root-dropped';
  const file = `trust/root/${String(index + 1)}.json`;
  const message = `${file} is gone or not the one of the recorded commit ${last.commit}`;
  return [{ ...start, file, severity: 'error', code, message, hint: codeInfo(code).hint }];
}

const nothing = new Uint8Array();
const start = { line: 1, column: 1, endLine: 1, endColumn: 1 } as const;
