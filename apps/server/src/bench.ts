// SPDX-License-Identifier: Apache-2.0
import type { Result } from '@fairlead/base';
import type { CommitCompiler } from '@fairlead/commits';
import type { Repository, RepositoryProblem } from '@fairlead/git';
import type { FleetLog } from '@fairlead/log';
import type { RevisionDesk } from './revision-desk.ts';
import type { RootBook } from './root-book.ts';

/** What one repository gives the server to work with. Another repository, another bench. */
export interface Bench {
  readonly repository: Repository;
  /** The branch as it is now; null: there is none. */
  head(): Promise<Result<string | null, RepositoryProblem>>;
  readonly log: FleetLog;
  readonly compiler: CommitCompiler;
  readonly desk: RevisionDesk;
  readonly roots: RootBook;
}
