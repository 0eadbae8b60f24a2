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

/** Each cycle once, in full, at the place of its first edge. Depth is bounded by the number of units. */
function reportCycles(graph: Graph, drafts: readonly UnitDraft[], findings: Findings): void {
  const members = new Map(drafts.map((draft) => [draft.name, draft.members]));
  const shown = (name: string): string => {
    const jobs = members.get(name) ?? [];
    return jobs.length === 0 ? name : `${name} (${jobs.join(', ')})`;
  };
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): void => {
    if (done.has(name)) return;
    path.push(name);
    for (const [next, source] of graph.get(name) ?? []) {
      const begin = path.indexOf(next);
      if (begin === -1) visit(next);
      else
        findings.add(source, '', {
          code: 'dependency-cycle',
          message: `dependencies form a cycle: ${[...path.slice(begin), next].map(shown).join(' → ')}`,
        });
    }
    path.pop();
    done.add(name);
  };
  for (const name of graph.keys()) visit(name);
}
