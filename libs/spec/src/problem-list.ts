// SPDX-License-Identifier: Apache-2.0
import type { Code } from '@fairlead/base';
import { at, type Place, type Problem } from './diagnostic.ts';

/** Most problems of one file: what is wrong throughout is not described throughout. */
export const mostProblems = 1_000;

/** These, or the first of them and a word about the rest. */
export function capped(problems: readonly Problem[]): readonly Problem[] {
  return problems.length < mostProblems ? problems : [...problems.slice(0, mostProblems), notAll];
}

const notAll: Problem = {
  severity: 'note',
  code: 'too-many',
  message: `only the first ${String(mostProblems)} problems of this file are shown`,
  hint: 'Correct these first.',
  place: at(''),
};

/** Errors of one file. */
export interface ProblemList {
  readonly problems: readonly Problem[];
  /** True when no more is taken: whoever still looks for some may stop. */
  readonly full: boolean;
  error(code: Code, message: string, place: Place, hint?: string): void;
}

export function createProblemList(): ProblemList {
  const problems: Problem[] = [];
  return {
    problems,
    get full() {
      return problems.length >= mostProblems;
    },
    error(code, message, place, hint) {
      if (problems.length >= mostProblems) return;
      problems.push({ severity: 'error', code, message, place, ...(hint === undefined ? {} : { hint }) });
    },
  };
}
