// SPDX-License-Identifier: Apache-2.0
import { codeInfo, type Code, type Logger } from '@fairlead/base';

export interface ServerProblem {
  readonly code: Code;
  readonly message: string;
  readonly hint: string;
}

/** Where something can be wrong; each has at most one problem at a time. */
export type ProblemArea =
  | 'repository'
  | 'history'
  | 'log'
  | 'compiler'
  | 'receipts'
  | 'keys'
  /** A commit that others must sign. */
  | 'release'
  /** A signature that others must renew. */
  | 'expiry';

/** A problem, and where it belongs. */
export interface Setback {
  readonly area: ProblemArea;
  readonly problem: ServerProblem;
}

export function problemOf(code: Code, message: string): ServerProblem {
  return { code, message, hint: codeInfo(code).hint };
}

/** What keeps the server from doing its whole work: said by readiness, and logged when it comes and goes. */
export interface Problems {
  set(area: ProblemArea, problem: ServerProblem): void;
  clear(area: ProblemArea): void;
  list(): readonly (ServerProblem & { readonly area: ProblemArea })[];
  /** Those of them that are the server's: it is as ready as can be while it waits for people to sign. */
  own(): readonly (ServerProblem & { readonly area: ProblemArea })[];
}

const othersAreAsked: ReadonlySet<ProblemArea> = new Set<ProblemArea>(['release', 'expiry']);

/** Until it has been looked at, that is what is wrong with the repository. */
export function createProblems(logger: Logger): Problems {
  const current = new Map<ProblemArea, ServerProblem>([
    ['repository', problemOf('starting', 'the repository has not been read yet')],
  ]);
  const list = (): ReturnType<Problems['list']> =>
    [...current].map(([area, problem]) => ({ area, ...problem }));
  return {
    list,
    own: () => list().filter(({ area }) => !othersAreAsked.has(area)),
    set(area, problem) {
      const before = current.get(area);
      current.set(area, problem);
      if (before?.code === problem.code && before.message === problem.message) return;
      const { code, message, hint } = problem;
      logger.warn('a problem', { area, code, message, hint });
    },
    clear(area) {
      if (current.delete(area)) logger.info('a problem is over', { area });
    },
  };
}
