// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { createCompiler, type CompileInput, type Compiler, type Outlined } from '@fairlead/compiler';
import { mergeCommits, type Repository, type RepositoryProblem, type SnapshotReader } from '@fairlead/git';
import { blobReader, UnreadableCommit } from './blob-reader.ts';
import { readCommitInput } from './commit-input.ts';
import { noCommit } from './work-tree-input.ts';

export interface MergeOptions {
  /** The branch that is deployed. */
  readonly branch: string;
  readonly signal: AbortSignal;
  /** Of this repository; folders that both commits have are read once. */
  readonly snapshots?: SnapshotReader;
}

/** What would be deployed once `head` is merged into `base`. */
export type PlannedMerge =
  /** `stale`: `head` does not contain `base`, and what is planned is the merge of both. */
  | { readonly kind: 'merged'; readonly stale: boolean; readonly input: CompileInput }
  /** Paths that both changed; empty: the two have no history in common. */
  | { readonly kind: 'conflict'; readonly paths: readonly string[] };

/**
 * Lets `use` look at the merge, without touching any reference or work tree. Of commits that the merge would add nothing to, and of a
 * `head` that replaces the history of `base` and says so, what is planned is `head` itself.
 */
export async function withMerge<T>(
  repository: Repository,
  { base, head }: { readonly base: string; readonly head: string },
  options: MergeOptions,
  use: (merge: PlannedMerge, compiler: Compiler) => Promise<T>,
): Promise<Result<T, RepositoryProblem>> {
  const { signal } = options;
  const compiler = createCompiler();
  const input = await readCommitInput(repository, head, options);
  if (!input.ok) return input;
  const contains = await repository.ancestry.isDescendant(base, head);
  if (!contains.ok) return contains;
  try {
    if (contains.value || (await replaces(compiler, input.value, base)))
      return ok(await use({ kind: 'merged', stale: false, input: input.value }, compiler));
    const newest = await repository.ancestry.generation(base);
    if (!newest.ok) return newest;
    return await mergeCommits(repository, { ours: base, theirs: head }, signal, (merge) => {
      if (merge.kind === 'conflict') return use(merge, compiler);
      const { files, tree, blobs } = merge;
      const generation = Math.max(newest.value, input.value.generation) + 1;
      const read = blobReader({ blobs }, signal);
      const merged = { ...input.value, commit: noCommit, tree: tree ?? noCommit, generation, files, read };
      return use({ kind: 'merged', stale: true, input: merged }, compiler);
    });
  } catch (thrown) {
    if (thrown instanceof UnreadableCommit) return err(thrown.problem);
    throw thrown;
  }
}

async function replaces(compiler: Compiler, head: CompileInput, base: string): Promise<boolean> {
  const outlined = await compiler.outline(head);
  return outlined.kind === 'outlined' && outlined.replaced.includes(base);
}

/** A commit as it is deployed. */
export interface Deployed {
  readonly input: CompileInput;
  readonly outline: Outlined;
}

/** How far back a commit without errors is looked for. */
const mostSteps = 100;

/**
 * What devices run when `commit` is the newest of its branch: that of the newest commit along first parents that has no errors, since
 * one that has deploys nothing. Null: there is none.
 */
export async function readDeployed(
  repository: Repository,
  commit: string,
  compiler: Compiler,
  options: MergeOptions,
): Promise<Result<Deployed | null, RepositoryProblem>> {
  let next: string | undefined = commit;
  for (let step = 0; step < mostSteps && next !== undefined; step += 1) {
    const input = await readCommitInput(repository, next, options);
    if (!input.ok) return input;
    const outline = await compiler.outline(input.value);
    if (outline.kind === 'outlined') return ok({ input: input.value, outline });
    const read = await repository.objects.commit(next);
    if (!read.ok) return read;
    next = read.value.parents[0];
  }
  return ok(null);
}
