// SPDX-License-Identifier: Apache-2.0
import { ok } from '@fairlead/base';
import { git, gitEnv, runOk, systemClock, tempDir } from '@fairlead/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAncestry, type Ancestry } from './ancestry.ts';
import { openRepository } from './repository.ts';

/** Commit i names as parents only commits before it. */
const graphs = fc
  .integer({ min: 1, max: 25 })
  .chain((size) =>
    fc.tuple(
      ...Array.from({ length: size }, (_, i) =>
        fc.uniqueArray(fc.nat({ max: Math.max(0, i - 1) }), { maxLength: i === 0 ? 0 : 3 }),
      ),
    ),
  );

function ancestryOf(graph: readonly (readonly number[])[]): Ancestry {
  return createAncestry(async (commit) => ok((graph[Number(commit)] ?? []).map(String)));
}

function reachable(graph: readonly (readonly number[])[], from: number): Set<number> {
  const seen = new Set([from]);
  for (const commit of seen) for (const parent of graph[commit] ?? []) seen.add(parent);
  return seen;
}

async function valueOf<T>(asked: Promise<{ ok: true; value: T } | { ok: false }>): Promise<T> {
  const answer = await asked;
  if (!answer.ok) throw new Error('no answer');
  return answer.value;
}

describe('when commits are random graphs', () => {
  it('numbers them so that the number rises along every edge by what the parents allow', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, async (graph) => {
        const ancestry = ancestryOf(graph);
        for (const [commit, parents] of graph.entries()) {
          const levels = await Promise.all(
            parents.map((parent) => valueOf(ancestry.generation(String(parent)))),
          );
          expect(await valueOf(ancestry.generation(String(commit)))).toBe(1 + Math.max(0, ...levels));
        }
      }),
    );
  });

  it('finds the commits in common that no other such commit has below it', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, fc.nat(), fc.nat(), async (graph, a, b) => {
        const [one, other] = [a % graph.length, b % graph.length];
        const common = [...reachable(graph, one)].filter((commit) => reachable(graph, other).has(commit));
        const best = common.filter(
          (commit) => !common.some((above) => above !== commit && reachable(graph, above).has(commit)),
        );
        const found = await valueOf(ancestryOf(graph).mergeBases(String(one), String(other)));
        expect(found).toEqual(best.map(String).sort());
      }),
    );
  });

  it('finds descent and what lies between as plain reachability does, parents first', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, fc.nat(), fc.nat(), async (graph, a, b) => {
        const [from, to] = [a % graph.length, b % graph.length];
        const ancestry = ancestryOf(graph);
        expect(await valueOf(ancestry.isDescendant(String(from), String(to)))).toBe(
          reachable(graph, to).has(from),
        );
        const between = (await valueOf(ancestry.commitsBetween(String(from), String(to)))).map(Number);
        const old = reachable(graph, from);
        expect(new Set(between)).toEqual(
          new Set([...reachable(graph, to)].filter((commit) => !old.has(commit))),
        );
        expect(between).toHaveLength(new Set(between).size);
        for (const [i, commit] of between.entries()) {
          for (const parent of graph[commit] ?? []) expect(between.indexOf(parent)).toBeLessThan(i);
        }
      }),
    );
  });
});

describe('when the history is deep', () => {
  it('does not overflow at 100,000 commits', async () => {
    const ancestry = createAncestry(async (commit) => ok(commit === '0' ? [] : [String(Number(commit) - 1)]));
    expect(await valueOf(ancestry.generation('99999'))).toBe(100_000);
    expect(await valueOf(ancestry.isDescendant('0', '99999'))).toBe(true);
    expect(await valueOf(ancestry.commitsBetween('99990', '99999'))).toHaveLength(9);
  });

  it('reads nothing older than a seed', async () => {
    const read: string[] = [];
    const ancestry = createAncestry(async (commit) => {
      read.push(commit);
      return ok([String(Number(commit) - 1)]);
    });
    ancestry.seed('1000', 5000);
    expect(await valueOf(ancestry.generation('1003'))).toBe(5003);
    expect(await valueOf(ancestry.isDescendant('1000', '1003'))).toBe(true);
    expect(await valueOf(ancestry.commitsBetween('1000', '1003'))).toEqual(['1001', '1002', '1003']);
    expect(read.sort()).toEqual(['1001', '1002', '1003']);
  });
});

describe('when the repository is real', () => {
  it('agrees with git about a merge', async () => {
    const dir = await tempDir('ancestry');
    const commit = (message: string): Promise<string> =>
      git(dir, 'commit', '-q', '--allow-empty', '-m', message);
    await git(dir, 'init', '-q', '-b', 'main');
    await commit('one');
    await git(dir, 'branch', 'side');
    await commit('two');
    await commit('three');
    await git(dir, 'checkout', '-q', 'side');
    await commit('aside');
    await git(dir, 'checkout', '-q', 'main');
    await git(dir, 'merge', '-q', '--no-ff', '-m', 'join', 'side');
    const repository = await openRepository(dir, { clock: systemClock });
    if (!repository.ok) throw new Error(repository.error.message);
    const { ancestry } = repository.value;
    const oid = async (name: string): Promise<string> => (await git(dir, 'rev-parse', name)).trim();
    expect(await valueOf(ancestry.generation(await oid('main')))).toBe(4);
    const between = await valueOf(ancestry.commitsBetween(await oid('main~2'), await oid('main')));
    expect([...between].sort()).toEqual(
      (await git(dir, 'rev-list', 'main~2..main')).trim().split('\n').sort(),
    );
    expect(await valueOf(ancestry.isDescendant(await oid('main'), await oid('side')))).toBe(false);
  });
});

describe('when a history is long', () => {
  it('is read at once, and answers as commit by commit', async () => {
    const dir = await tempDir('long');
    await git(dir, 'init', '-q', '--bare', '-b', 'main');
    const commits = Array.from({ length: 300 }, (_, n) => {
      const merge = n % 10 === 9 ? `merge :${String(n - 7)}\n` : '';
      return `commit refs/heads/main\nmark :${String(n + 1)}\ncommitter A <a@x> ${String(n + 1)} +0000\ndata 1\nx\n${merge}`;
    });
    await runOk('git', ['fast-import', '--quiet'], { cwd: dir, env: gitEnv, input: commits.join('\n') });
    const opened = await openRepository(dir, { clock: systemClock });
    if (!opened.ok) throw new Error(opened.error.message);
    const { objects, ancestry } = opened.value;
    const single = createAncestry(async (oid) => {
      const commit = await objects.commit(oid);
      return commit.ok ? ok(commit.value.parents) : commit;
    });
    const oids = (await git(dir, 'rev-list', '--reverse', 'main')).trim().split('\n');
    const [first = '', middle = '', head = ''] = [oids[0], oids[150], oids[299]];
    expect(await ancestry.generation(head)).toEqual({ ok: true, value: 300 });
    expect(await ancestry.commitsBetween(middle, head)).toEqual(await single.commitsBetween(middle, head));
    expect(await ancestry.isDescendant(first, head)).toEqual({ ok: true, value: true });
  });
});
