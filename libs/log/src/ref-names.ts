// SPDX-License-Identifier: Apache-2.0

/** Where the log of a branch lies. With a branch other than the main one the references carry its name. */
export interface RefNames {
  readonly records: string;
  /** Ends with '/'. */
  readonly receipts: string;
  readonly notes: string;
}

export function refNames(branch: string): RefNames {
  const suffix = branch === 'main' ? '' : `-${branch.replaceAll('/', '-')}`;
  return {
    records: `refs/fairlead/revisions${suffix}`,
    receipts: `refs/fairlead/receipts${suffix}/`,
    notes: `refs/notes/fairlead${suffix}`,
  };
}
