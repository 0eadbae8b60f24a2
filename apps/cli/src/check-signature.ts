// SPDX-License-Identifier: Apache-2.0
import { codeInfo, type Code } from '@fairlead/base';
import { judgePolicy, policyFiles, type Repository } from '@fairlead/git';
import { readLastRevision } from '@fairlead/log';
import type { Diagnostic } from '@fairlead/spec';
import { required } from './repository.ts';

/**
 * Whether a server would take this commit by who signed it: judged by the files of the newest recorded revision below it, or of its first
 * parent where the repository holds no log. An error for the head of the deployed branch; a warning for any other commit, since the merge
 * that brings it there is what has to be signed.
 */
export async function checkSignature(
  repository: Repository,
  branch: string,
  commit: string,
): Promise<readonly Diagnostic[]> {
  const last = required(await readLastRevision(repository, branch));
  if (last?.commit === commit) return [];
  const isOnTop = last !== null && required(await repository.ancestry.isDescendant(last.commit, commit));
  const [parent = null] = required(await repository.objects.commit(commit)).parents;
  const verdict = required(await judgePolicy(repository.objects, commit, isOnTop ? last.commit : parent));
  const head = required(await repository.readRef(`refs/heads/${branch}`));
  const severity = commit === head ? 'error' : 'warning';
  switch (verdict.kind) {
    case 'free':
    case 'good':
      return [];
    case 'bad':
      return [
        diagnostic(
          verdict.code,
          severity,
          policyFiles.allowedSigners,
          1,
          `commit ${commit}: ${verdict.message}`,
        ),
      ];
    case 'malformed':
      return verdict.problems.map(({ file, line, message }) =>
        diagnostic(verdict.code, 'error', file, line, message),
      );
  }
}

function diagnostic(
  code: Code,
  severity: Diagnostic['severity'],
  file: string,
  line: number,
  message: string,
): Diagnostic {
  return {
    file,
    line,
    column: 1,
    endLine: line,
    endColumn: 1,
    severity,
    code,
    message,
    hint: codeInfo(code).hint,
  };
}
