// SPDX-License-Identifier: Apache-2.0
import type { Result } from '@fairlead/base';
import type { RepositoryProblem } from './problem.ts';
import type { Repository } from './repository.ts';

/** What a branch is now. The repository is another object only when another folder was put in its place. */
export interface Head {
  readonly commit: string;
  readonly repository: Repository;
}

/** Where heads come from. */
export interface HeadSource {
  look(signal: AbortSignal): Promise<Result<Head, RepositoryProblem>>;
  /** How long nothing is looked at without an event, after so many failures in a row; in milliseconds. */
  pauseMs(failures: number): number;
  close(): Promise<void>;
}

/** `happened`: to be called on anything that may be a change. */
export type OpenHeads = (happened: () => void) => HeadSource;
