// SPDX-License-Identifier: Apache-2.0

/** What `fairlead explain <code>` tells, and what the agent does about it. */
export interface CodeInfo {
  /** One sentence: what happened. */
  readonly summary: string;
  /** The way out, as an order. */
  readonly hint: string;
  /** Why Fairlead does this; what it protects from. */
  readonly explanation: string;
  /**
   * `itself`: wrong with the revision, remembered by target digest and not tried again. `around`: wrong around it, retried with
   * back-off and reported as pending. `program`: says nothing about a revision.
   */
  readonly fault: 'itself' | 'around' | 'program';
}

export type CodeTable = Readonly<Record<string, CodeInfo>>;
