// SPDX-License-Identifier: Apache-2.0
import type { Commit } from '@fairlead/git';
import type { AuditSource } from './audit-source.ts';
import type { Findings } from './finding.ts';

export interface Walk {
  /** Oldest first, as far back as they could be read. */
  readonly commits: readonly Commit[];
  /** Whether the walk came to where it was to end: at `until`, or at a first commit. */
  readonly isWhole: boolean;
}

/**
 * The commits of a reference from its head back to `until`, which is left out (null: to the first commit). They must form one line;
 * who signed them is for the caller to judge.
 */
export async function walkChain(
  { objects }: AuditSource,
  { ref, head, until }: { readonly ref: string; readonly head: string; readonly until: string | null },
  findings: Findings,
): Promise<Walk> {
  const commits: Commit[] = [];
  let next: string | undefined = head;
  while (next !== undefined && next !== until) {
    const commit = await objects.commit(next);
    if (!commit.ok) {
      findings.error('object-corrupt', commit.error.message, { ref, logCommit: next });
      return { commits: commits.reverse(), isWhole: false };
    }
    commits.push(commit.value);
    const { parents, oid } = commit.value;
    if (parents.length > 1)
      findings.error('log-forged', `a commit of the log has ${String(parents.length)} parents`, {
        ref,
        logCommit: oid,
      });
    next = parents[0];
  }
  return { commits: commits.reverse(), isWhole: next === (until ?? undefined) };
}
