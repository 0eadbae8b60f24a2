// SPDX-License-Identifier: Apache-2.0
import type { Code, Logger } from '@fairlead/base';

export interface ServerProblem {
  readonly code: Code;
  readonly message: string;
  readonly hint: string;
}

/** Where something can be wrong; each has at most one problem at a time. */
export type ProblemArea = 'repository' | 'history' | 'log' | 'compiler' | 'receipts';

/** What keeps the server from doing its whole work: said by readiness, and logged when it comes and goes. */
export interface Problems {
  set(area: ProblemArea, problem: ServerProblem): void;
  clear(area: ProblemArea): void;
  list(): readonly (ServerProblem & { readonly area: ProblemArea })[];
}

export function createProblems(logger: Logger): Problems {
  const current = new Map<ProblemArea, ServerProblem>();
  return {
    set(area, problem) {
      const before = current.get(area);
      current.set(area, problem);
      if (before?.code === problem.code && before.message === problem.message) return;
      logger.warn('a problem', { area, code: problem.code, message: problem.message, hint: problem.hint });
    },
    clear(area) {
      if (current.delete(area)) logger.info('a problem is over', { area });
    },
    list: () => [...current].map(([area, problem]) => ({ area, ...problem })),
  };
}
