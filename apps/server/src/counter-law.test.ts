// SPDX-License-Identifier: Apache-2.0
import { ok, sha256 } from '@fairlead/base';
import type { Compiled } from '@fairlead/compiler';
import { createAncestry, type Ancestry } from '@fairlead/git';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeAcceptance } from './judge-acceptance.ts';
import { judgeCommit } from './judge-commit.ts';
import { judgeHead } from './judge-head.ts';

/** A commit of a random graph: its parents come before it, and its tree says what it likes of offsets and replaced heads. */
interface RandomCommit {
  readonly parents: readonly number[];
  readonly offset: number;
  readonly replaced: readonly number[];
}

const graphs = fc.integer({ min: 1, max: 14 }).chain((size) =>
  fc.tuple(
    ...Array.from({ length: size }, (_, i) => {
      const before = fc.uniqueArray(fc.nat({ max: Math.max(0, i - 1) }), { maxLength: i === 0 ? 0 : 2 });
      return fc.record<RandomCommit>({
        parents: before,
        offset: fc.integer({ min: 0, max: 6 }),
        replaced: fc.uniqueArray(fc.nat({ max: size - 1 }), { maxLength: 4 }),
      });
    }),
  ),
);
/** Where the branch is pointed to, one after another. */
const pushes = fc.array(fc.nat(), { minLength: 1, maxLength: 12 });

const fleet = sha256('root');
const nameOf = (index: number): string => String(index).padStart(40, '0');

function ancestryOf(graph: readonly RandomCommit[]): Ancestry {
  return createAncestry(async (commit) => ok((graph[Number(commit)]?.parents ?? []).map(nameOf)));
}

async function compiled(
  graph: readonly RandomCommit[],
  ancestry: Ancestry,
  index: number,
): Promise<Compiled> {
  const { offset, replaced } = graph[index] ?? { offset: 0, replaced: [] };
  const generation = await ancestry.generation(nameOf(index));
  const counter = (generation.ok ? generation.value : 0) + offset;
  const facts = {
    kind: 'compiled',
    manifest: { commit: nameOf(index), counter, fleet },
    replaced: replaced.map(nameOf),
    roots: [],
  };
  return facts as unknown as Compiled;
}

/** What the server makes of a head, as `release.ts` puts it together. */
async function judge(
  ancestry: Ancestry,
  last: { readonly head: string | null; readonly counter: number },
  result: Compiled,
): Promise<'sign' | 'refuse' | 'rewritten' | 'recorded'> {
  const verdict = await judgeHead(ancestry, last.head, result.manifest.commit);
  if (!verdict.ok) throw new Error(verdict.error.message);
  if (verdict.value.kind === 'recorded') return 'recorded';
  if (verdict.value.kind === 'rewritten') {
    const { recorded } = verdict.value;
    if (judgeAcceptance(result, { ...last, recorded }).kind === 'refused') return 'rewritten';
  }
  return judgeCommit(result, { ...last, roots: [] }, fleet).kind === 'sign' ? 'sign' : 'refuse';
}

describe('when branches are pointed anywhere in random graphs', () => {
  it('raises the counter with every commit that is accepted, and leaves no head unless the next one says so', async () => {
    const seen = { accepted: 0, rewrites: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(graphs, pushes, async (graph, heads) => {
        const ancestry = ancestryOf(graph);
        let last: { head: string | null; counter: number } = { head: null, counter: 0 };
        for (const push of heads) {
          const index = push % graph.length;
          const result = await compiled(graph, ancestry, index);
          const verdict = await judge(ancestry, last, result);
          const { commit, counter } = result.manifest;
          const descends = last.head === null ? ok(true) : await ancestry.isDescendant(last.head, commit);
          const isForward = descends.ok && descends.value;
          switch (verdict) {
            case 'sign':
              expect(counter).toBeGreaterThan(last.counter);
              expect(isForward || result.replaced.includes(String(last.head))).toBe(true);
              seen.accepted += 1;
              if (!isForward) seen.rewrites += 1;
              last = { head: commit, counter };
              break;
            case 'refuse':
              // Only what goes forward moves the head: a rewrite is accepted in whole, or not at all.
              expect(isForward).toBe(true);
              expect(counter).toBeLessThanOrEqual(last.counter);
              seen.refused += 1;
              last = { ...last, head: commit };
              break;
            case 'rewritten':
              expect(isForward).toBe(false);
              break;
            case 'recorded':
              expect(commit).toBe(last.head);
          }
        }
      }),
      { numRuns: 1_000 },
    );
    // The graphs are such that all of it happens.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(20);
  });

  it('never refuses an ordinary step forward', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, async (graph) => {
        const kept = graph.map((commit) => ({ ...commit, offset: 0 }));
        const ancestry = ancestryOf(kept);
        for (const [index, { parents }] of kept.entries()) {
          for (const parent of parents) {
            const base = await compiled(kept, ancestry, parent);
            const last = { head: base.manifest.commit, counter: base.manifest.counter };
            expect(await judge(ancestry, last, await compiled(kept, ancestry, index))).toBe('sign');
          }
        }
      }),
    );
  });
});
