// SPDX-License-Identifier: Apache-2.0

/** Where the log of a branch lies. With a branch other than the main one the references carry its name. */
export interface RefNames {
  readonly records: string;
  /** Ends with '/'. */
  readonly receipts: string;
  readonly notes: string;
  /** Means the newest recorded commit of the branch itself: what was deployed outlives a rewritten history and `git gc`. */
  readonly recorded: string;
}

/** No two branches share a reference, and none stands in the way of another: '/' is written as in a URL. */
export function refNames(branch: string): RefNames {
  const suffix = branch === 'main' ? '' : `-${branch.replaceAll('%', '%25').replaceAll('/', '%2F')}`;
  return {
    records: `refs/fairlead/revisions${suffix}`,
    receipts: `refs/fairlead/receipts${suffix}/`,
    notes: `refs/notes/fairlead${suffix}`,
    recorded: `refs/fairlead/recorded${suffix}`,
  };
}
