// SPDX-License-Identifier: Apache-2.0
import type { Step } from './step.ts';

/**
 * The steps that return to the committed state after `begun`, a prefix of a plan whose last step may be half done: each step undone,
 * the last first. So what was activated is stopped before what it requires, and what was stopped is started in the order of what it
 * requires. Staging is not undone: staged versions are in nobody's way, and cleaned up later.
 */
export function wayBack(begun: readonly Step[]): readonly Step[] {
  return begun.toReversed().flatMap(undo);
}

function undo(step: Step): readonly Step[] {
  const { domain, name } = step;
  switch (step.kind) {
    case 'stage':
    case 'ready':
    case 'health':
      return [];
    case 'activate':
      return [{ kind: 'stop', domain, name, digest: null }];
    case 'switch':
      return [{ kind: 'switch', domain, name, from: step.to, to: step.from }];
    case 'stop':
      return step.digest === null
        ? []
        : [
            { kind: 'activate', domain, name, digest: step.digest },
            { kind: 'ready', domain, name, digest: step.digest },
          ];
  }
}
