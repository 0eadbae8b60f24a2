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

/** Whether the file system refused (Node's errno names), as opposed to our own errors and to waits that were called off. */
export function isDiskError(thrown: unknown): boolean {
  return /^E[A-Z0-9]+$/.test(errnoOf(thrown) ?? '');
}

/** A file that the file system would not let us write. */
export function unwritable(what: string, thrown: unknown): RepositoryProblem {
  return problem('log-unwritable', `${what} cannot be written: ${errnoOf(thrown) ?? String(thrown)}`);
}
