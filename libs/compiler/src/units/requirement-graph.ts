// SPDX-License-Identifier: Apache-2.0
import { sortedBy } from '@fairlead/base';
import type { Findings, Source } from '../findings.ts';
import type { Requirement, UnitDraft } from './unit-draft.ts';

/** Units that each unit needs, by name and sorted, and the first place that asks for each. */
export type Graph = ReadonlyMap<string, ReadonlyMap<string, Source>>;

/**
 * One graph over the units of all sources and domains, since that is what starts and waits. Cycles are findings, and so are unknown
 * names, unless something could not be read that may define them.
 */
export function requirementGraph(drafts: readonly UnitDraft[], complete: boolean, findings: Findings): Graph {
  const unitOf = new Map(drafts.map(({ name }) => [name, name]));
  for (const { name, members } of drafts) for (const member of members) unitOf.set(member, name);
  const graph = new Map(
    sortedBy(drafts, ({ name }) => name).map(({ name, requires }) => {
      const wanted = new Map<string, Source>();
      for (const requirement of requires) {
        const unit = unitOf.get(requirement.name);
        if (unit === undefined) {
          if (complete) reportUnknown(requirement, unitOf, findings);
        } else if (requirement.counts && !wanted.has(unit)) wanted.set(unit, requirement.source);
      }
      return [name, new Map(sortedBy(wanted, ([unit]) => unit))] as const;
    }),
  );
  reportCycles(graph, drafts, findings);
  return graph;
}

function reportUnknown(
  { name, by, source }: Requirement,
  known: ReadonlyMap<string, string>,
  findings: Findings,
): void {
  findings.add(source, '', {
    code: 'dependency-unknown',
    message: `the ${by} depends on '${name}', which does not exist`,
    suggest: { written: name, among: () => known.keys() },
  });
}

/** Where all hangs on all, these are enough: each is told in full. */
const mostCycles = 100;

/** Each cycle once, in full, at the place of its first edge. Depth is bounded by the number of units. */
function reportCycles(graph: Graph, drafts: readonly UnitDraft[], findings: Findings): void {
  const members = new Map(drafts.map((draft) => [draft.name, draft.members]));
  const shown = (name: string): string => {
    const jobs = members.get(name) ?? [];
    return jobs.length === 0 ? name : `${name} (${jobs.join(', ')})`;
  };
  const done = new Set<string>();
  /** Names on the way to where we are, each with its position. */
  const path = new Map<string, number>();
  let cycles = 0;
  const visit = (name: string): void => {
    if (done.has(name)) return;
    path.set(name, path.size);
    for (const [next, source] of graph.get(name) ?? []) {
      const begin = path.get(next);
      if (begin === undefined) visit(next);
      else if ((cycles += 1) <= mostCycles) {
        const circle = [...path.keys()].slice(begin);
        findings.add(source, '', {
          code: 'dependency-cycle',
          message: `dependencies form a cycle: ${[...circle, next].map(shown).join(' → ')}`,
        });
      }
    }
    path.delete(name);
    done.add(name);
  };
  for (const name of graph.keys()) visit(name);
}
