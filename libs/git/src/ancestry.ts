// SPDX-License-Identifier: Apache-2.0
import { ok, sortedBy, type Result } from '@fairlead/base';
import type { CommitGraph } from './commit-graph.ts';
import type { RepositoryProblem } from './problem.ts';

export type ParentsOf = (commit: string) => Promise<Result<readonly string[], RepositoryProblem>>;

export interface Ancestry {
  /** 1 + the greatest of its parents'; 1 for a root. Rises along every edge. */
  generation(commit: string): Promise<Result<number, RepositoryProblem>>;
  /** Takes a generation number as known, so that what is older need not be read for it. */
  seed(commit: string, generation: number): void;
  /** Whether `ancestor` is `descendant` or reachable from it. */
  isDescendant(ancestor: string, descendant: string): Promise<Result<boolean, RepositoryProblem>>;
  /** The commits that are reachable from both and from no other such commit; empty where the two have no history in common. */
  mergeBases(one: string, other: string): Promise<Result<readonly string[], RepositoryProblem>>;
  /** What is reachable from `to` and not from `from` (null: everything), parents before children. */
  commitsBetween(from: string | null, to: string): Promise<Result<readonly string[], RepositoryProblem>>;
}

/** The whole graph below a commit at once, where that can be had. */
export type GraphOf = (commit: string) => Promise<CommitGraph | undefined>;

/** So many commits are read one by one before the whole graph is asked for. */
const singleReads = 64;

/** Questions about the graph of commits. Answers are kept: a commit never changes. Nothing recurses, however deep the history. */
export function createAncestry(
  parentsOf: ParentsOf,
  graphOf: GraphOf = () => Promise.resolve(undefined),
): Ancestry {
  const generations = new Map<string, number>();
  const known = new Map<string, readonly string[]>();
  let reads = 0;

  async function parents(commit: string): Promise<Result<readonly string[], RepositoryProblem>> {
    const kept = known.get(commit);
    if (kept !== undefined) return ok(kept);
    reads += 1;
    if (reads === singleReads) {
      const graph = await graphOf(commit);
      for (const [name, above] of graph ?? []) known.set(name, above);
      if (graph !== undefined) reads = 0;
      const found = graph?.get(commit);
      if (found !== undefined) return ok(found);
    }
    const read = await parentsOf(commit);
    if (read.ok) known.set(commit, read.value);
    return read;
  }

  async function generation(commit: string): Promise<Result<number, RepositoryProblem>> {
    const open = [commit];
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      if (generations.has(top)) {
        open.pop();
        continue;
      }
      const above = await parents(top);
      if (!above.ok) return above;
      const unknown = above.value.filter((parent) => !generations.has(parent));
      if (unknown.length > 0) open.push(...unknown);
      else
        generations.set(top, 1 + Math.max(0, ...above.value.map((parent) => generations.get(parent) ?? 0)));
    }
    return ok(generations.get(commit) ?? 1);
  }

  /**
   * Walks from both ends, always the greatest generation first: a commit is met only after all its children within the walk, so by
   * then it is settled whether `from` reaches it. Ends when nothing is left that only `to` reaches.
   */
  async function commitsBetween(
    from: string | null,
    to: string,
  ): Promise<Result<readonly string[], RepositoryProblem>> {
    const byGeneration = new Map<number, Set<string>>();
    const old = new Set<string>();
    const young = new Set<string>();
    let highest = 0;
    const meet = async (commit: string, isOld: boolean): Promise<Result<void, RepositoryProblem>> => {
      const level = await generation(commit);
      if (!level.ok) return level;
      highest = Math.max(highest, level.value);
      const peers = byGeneration.get(level.value) ?? new Set();
      byGeneration.set(level.value, peers.add(commit));
      if (isOld) {
        old.add(commit);
        young.delete(commit);
      } else if (!old.has(commit)) young.add(commit);
      return ok();
    };
    if (from !== null) {
      const start = await meet(from, true);
      if (!start.ok) return start;
    }
    const start = await meet(to, false);
    if (!start.ok) return start;
    const between: { readonly commit: string; readonly level: number }[] = [];
    for (let level = highest; level > 0 && young.size > 0; level -= 1) {
      for (const commit of byGeneration.get(level) ?? []) {
        if (!old.has(commit)) between.push({ commit, level });
        young.delete(commit);
        const above = await parents(commit);
        if (!above.ok) return above;
        for (const parent of above.value) {
          const met = await meet(parent, old.has(commit));
          if (!met.ok) return met;
        }
      }
      byGeneration.delete(level);
    }
    return ok(
      sortedBy(between, ({ commit }) => commit)
        .sort((a, b) => a.level - b.level)
        .map(({ commit }) => commit),
    );
  }

  /** Only commits above the ancestor's generation can lead to it. Where that is gone from the repository, nothing descends from it. */
  async function isDescendant(
    ancestor: string,
    descendant: string,
  ): Promise<Result<boolean, RepositoryProblem>> {
    const floor = await generation(ancestor);
    const open = [descendant];
    const seen = new Set(open);
    for (let commit = open.pop(); commit !== undefined; commit = open.pop()) {
      if (commit === ancestor) return ok(true);
      const level = await generation(commit);
      if (!level.ok) return level;
      if (floor.ok && level.value <= floor.value) continue;
      const above = await parents(commit);
      if (!above.ok) return above;
      for (const parent of above.value) {
        if (seen.has(parent)) continue;
        seen.add(parent);
        open.push(parent);
      }
    }
    return ok(false);
  }

  async function reachable(commit: string): Promise<Result<ReadonlySet<string>, RepositoryProblem>> {
    const open = [commit];
    const seen = new Set(open);
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const above = await parents(next);
      if (!above.ok) return above;
      for (const parent of above.value) {
        if (seen.has(parent)) continue;
        seen.add(parent);
        open.push(parent);
      }
    }
    return ok(seen);
  }

  async function mergeBases(
    one: string,
    other: string,
  ): Promise<Result<readonly string[], RepositoryProblem>> {
    const [a, b] = [await reachable(one), await reachable(other)];
    if (!a.ok) return a;
    if (!b.ok) return b;
    const best = new Set([...a.value].filter((commit) => b.value.has(commit)));
    for (const commit of [...best]) {
      const above = await parents(commit);
      if (!above.ok) return above;
      for (const parent of above.value) best.delete(parent);
    }
    return ok(sortedBy(best, (commit) => commit));
  }

  return {
    generation,
    isDescendant,
    mergeBases,
    commitsBetween,
    seed: (commit, value) => generations.set(commit, value),
  };
}
