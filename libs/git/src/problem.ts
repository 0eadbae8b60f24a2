// SPDX-License-Identifier: Apache-2.0
import { codeInfo, errnoOf, type Code } from '@fairlead/base';

/** Why a repository, a reference or an object cannot be used now. A state to report, never a crash. */
export interface RepositoryProblem {
  readonly code: Code;
  readonly message: string;
  readonly hint: string;
}

export function problem(code: Code, message: string): RepositoryProblem {
  return { code, message, hint: codeInfo(code).hint };
}

/** What the file system answered, as a problem with the repository. */
export function unreadable(what: string, thrown: unknown): RepositoryProblem {
  const reason = errnoOf(thrown) ?? (thrown instanceof Error ? thrown.message : String(thrown));
  return problem('repository-unreadable', `${what} cannot be read: ${reason}`);
}

/** An object that is missing or is not what its name says. */
export function corrupt(oid: string, why: string): RepositoryProblem {
  return problem('object-corrupt', `object ${oid} cannot be read: ${why}`);
}
