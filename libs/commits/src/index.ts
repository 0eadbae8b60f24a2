// SPDX-License-Identifier: Apache-2.0
export { createCommitCompiler, type CommitCompiler } from './commit-compiler.ts';
export { readCommitInput, type CommitSource } from './commit-input.ts';
export { noCommit, workTreeInput } from './work-tree-input.ts';
export { readRoots } from './read-roots.ts';
export { readDeployed, withMerge, type Deployed, type PlannedMerge } from './plan-merge.ts';
