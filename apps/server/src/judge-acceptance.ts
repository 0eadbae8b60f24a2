// SPDX-License-Identifier: Apache-2.0
import type { CompileResult } from '@fairlead/compiler';

/** What becomes of a head that does not descend from the last recorded commit. */
export type AcceptanceVerdict =
  { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly message: string };

/**
 * A rewritten history is accepted where its own tree says so: `trust/history.json` names the very head that it replaces, and lifts the
 * counter above what was recorded. To name another head, an older one among them, says nothing about this rewrite.
 */
export function judgeAcceptance(
  result: CompileResult,
  last: { readonly recorded: string; readonly counter: number },
): AcceptanceVerdict {
  const refused = (why: string): AcceptanceVerdict => ({
    kind: 'refused',
    message: `the branch does not descend from ${last.recorded}, the last recorded commit${why}`,
  });
  if (result.kind === 'refused') return refused(', and its head has errors');
  const { manifest, replaced } = result;
  if (!replaced.includes(last.recorded)) return refused('');
  return manifest.counter > last.counter
    ? { kind: 'accepted' }
    : refused(
        `: ${manifest.commit} says that it replaces it, but its counter ${manifest.counter} is not above ${last.counter}`,
      );
}
