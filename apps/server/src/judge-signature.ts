// SPDX-License-Identifier: Apache-2.0
import { codeInfo, ok, type Result } from '@fairlead/base';
import { judgePolicy, type Repository, type RepositoryProblem } from '@fairlead/git';
import { maxDiagnostics, type LogState } from '@fairlead/log';
import type { CommitRefusal } from './judge-commit.ts';

/**
 * Whether the policy of the fleet forbids a commit; undefined: it does not. The policy is that of the newest revision: what was refused
 * since counts for nothing.
 */
export async function refusalBySignature(
  { objects }: Pick<Repository, 'objects'>,
  commit: string,
  { revision }: Pick<LogState, 'revision'>,
): Promise<Result<CommitRefusal | undefined, RepositoryProblem>> {
  const judged = await judgePolicy(objects, commit, revision?.commit ?? null);
  if (!judged.ok) return judged;
  const verdict = judged.value;
  switch (verdict.kind) {
    case 'free':
    case 'good':
      return ok(undefined);
    case 'bad': {
      const { code, message } = verdict;
      return ok({ code, diagnostics: [{ code, message, hint: codeInfo(code).hint }] });
    }
    case 'malformed': {
      const { code, problems } = verdict;
      const { hint } = codeInfo(code);
      const places = problems.slice(0, maxDiagnostics);
      return ok({ code, diagnostics: places.map((problem) => ({ code, hint, column: 1, ...problem })) });
    }
  }
}
