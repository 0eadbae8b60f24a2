// SPDX-License-Identifier: Apache-2.0
import { sortedBy } from '@fairlead/base';
import type { Definitions } from '../definitions.ts';
import type { Findings, Source } from '../findings.ts';
import type { ProcessGroup } from './composites.ts';
import { liveJobs } from './job-unit.ts';
import type { Requirement, ResolvedJob } from './resolve-job.ts';

/** Units that each unit needs, by name and sorted, and the first place that asks for each. */
export type Graph = ReadonlyMap<string, ReadonlyMap<string, Source>>;

/**
 * The graph of processes: groups are collapsed and the edges of templates count, since that is what starts and waits. Unknown names
 * and cycles are findings.
 */
export function requirementGraph(
  groups: readonly ProcessGroup<ResolvedJob>[],
  { gaps }: Definitions,
  findings: Findings,
): Graph {
  const unitOf = new Map(groups.map(({ name }) => [name, name]));
  for (const { name, jobs } of groups) for (const job of jobs) unitOf.set(job.name, name);
  const graph = new Map(
    sortedBy(groups, ({ name }) => name).map((group) => {
      const wanted = new Map<string, Source>();
      const live = new Set(liveJobs(group.jobs));
      for (const job of group.jobs) {
        for (const requirement of job.requires) {
          const unit = unitOf.get(requirement.job);
          if (unit !== undefined) {
            if (live.has(job) && !wanted.has(unit)) wanted.set(unit, requirement.source);
          } else if (!gaps.has('jobs')) reportUnknown(requirement, unitOf, findings);
        }
      }
      return [group.name, new Map(sortedBy(wanted, ([unit]) => unit))] as const;
    }),
  );
  reportCycles(graph, groups, findings);
  return graph;
}

function reportUnknown(
  { job, by, source }: Requirement,
  known: ReadonlyMap<string, string>,
  findings: Findings,
): void {
  findings.add(source, '', {
    code: 'dependency-unknown',
    message: `the ${by} depends on '${job}', which does not exist`,
    suggest: { written: job, among: () => known.keys() },
  });
}

/** Each cycle once, in full, at the place of its first edge. Depth is bounded by the number of units. */
function reportCycles(graph: Graph, groups: readonly ProcessGroup<ResolvedJob>[], findings: Findings): void {
  const members = new Map(
    groups
      .filter(({ composite }) => composite)
      .map(({ name, jobs }) => [
        name,
        sortedBy(
          jobs.map((job) => job.name),
          (job) => job,
        ),
      ]),
  );
  const shown = (name: string): string => {
    const jobs = members.get(name);
    return jobs === undefined ? name : `${name} (${jobs.join(', ')})`;
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
