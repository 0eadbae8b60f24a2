// SPDX-License-Identifier: Apache-2.0
import { ok, type Result } from '@fairlead/base';
import type { Ancestry, RepositoryProblem } from '@fairlead/git';

/** What a head means, given the newest commit that the log knows. */
export type HeadVerdict =
  | { readonly kind: 'recorded' }
  /** `skipped`: arrived together with the head, parents before children. */
  | { readonly kind: 'advance'; readonly skipped: readonly string[] }
  | { readonly kind: 'rewritten'; readonly recorded: string };

/** A head is followed only forward: it must descend from the newest recorded commit. Where nothing is recorded, it alone counts. */
export async function judgeHead(
  ancestry: Ancestry,
  recorded: string | null,
  head: string,
): Promise<Result<HeadVerdict, RepositoryProblem>> {
  if (recorded === head) return ok({ kind: 'recorded' });
  if (recorded === null) return ok({ kind: 'advance', skipped: [] });
  const descends = await ancestry.isDescendant(recorded, head);
  if (!descends.ok) return descends;
  if (!descends.value) return ok({ kind: 'rewritten', recorded });
  const between = await ancestry.commitsBetween(recorded, head);
  if (!between.ok) return between;
  return ok({ kind: 'advance', skipped: between.value.filter((commit) => commit !== head) });
}
