// SPDX-License-Identifier: Apache-2.0
import type { Turns, Result } from '@fairlead/base';
import type { RepositoryProblem } from '@fairlead/git';

type Outcome = Result<void, RepositoryProblem>;

/** Whatever waits for its turn shares one write, and its outcome. */
export function createSharedWrites<T>(
  turns: Turns,
  write: (items: readonly T[], signal: AbortSignal) => Promise<Outcome>,
): (items: readonly T[], signal: AbortSignal) => Promise<Outcome> {
  let next: { readonly items: T[]; readonly outcome: Promise<Outcome> } | undefined;
  return (items, signal) => {
    if (next !== undefined) {
      next.items.push(...items);
      return next.outcome;
    }
    const waiting = [...items];
    const outcome = turns(() => {
      next = undefined;
      return write(waiting, signal);
    });
    next = { items: waiting, outcome };
    return outcome;
  };
}
