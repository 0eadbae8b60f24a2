// SPDX-License-Identifier: Apache-2.0
import type { Result } from '@fairlead/base';
import type { RepositoryProblem } from '@fairlead/git';

type Outcome = Result<void, RepositoryProblem>;

/** One write at a time; whatever waits while one runs shares the next. All that share a write share its outcome. */
export function createSharedWrites<T>(
  write: (items: readonly T[], signal: AbortSignal) => Promise<Outcome>,
): (items: readonly T[], signal: AbortSignal) => Promise<Outcome> {
  let running: Promise<unknown> = Promise.resolve();
  let next: { readonly items: T[]; readonly outcome: Promise<Outcome> } | undefined;
  return (items, signal) => {
    if (next !== undefined) {
      next.items.push(...items);
      return next.outcome;
    }
    const waiting = [...items];
    const outcome = running.then(() => {
      next = undefined;
      return write(waiting, signal);
    });
    next = { items: waiting, outcome };
    running = outcome.catch(() => undefined);
    return outcome;
  };
}
