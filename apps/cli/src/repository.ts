// SPDX-License-Identifier: Apache-2.0
import { FairleadError, type Result } from '@fairlead/base';
import { openRepository, type Repository, type RepositoryProblem } from '@fairlead/git';
import { systemClock } from '@fairlead/program';

/** The repository at `path`; a problem of it ends the program. */
export async function requireRepository(path: string): Promise<Repository> {
  return required(await openRepository(path, { clock: systemClock }));
}

/** The value, or the problem as an error that ends the program. */
export function required<T>(result: Result<T, RepositoryProblem>): T {
  if (result.ok) return result.value;
  throw new FairleadError(result.error);
}
