// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import { targetLimits, type Unit } from '@fairlead/target';
import type { Findings } from '../findings.ts';
import { requirementGraph } from './requirement-graph.ts';
import type { UnitDraft } from './unit-draft.ts';

/**
 * The units of all sources of a group as one target state has them; within one source names are unique. `complete`: nothing is unread
 * that may define more of them. With errors among the findings some may be missing.
 */
export function joinUnits(
  sources: readonly (readonly UnitDraft[])[],
  complete: boolean,
  findings: Findings,
): readonly Unit[] {
  const drafts = withoutTwins(sources, findings);
  const extra = drafts[targetLimits.units];
  if (extra !== undefined) {
    const message = `a device has at most ${String(targetLimits.units)} units`;
    findings.add(extra.source, '', { code: 'too-many', message });
    return [];
  }
  const graph = requirementGraph(drafts, complete, findings);
  return drafts.flatMap(({ name, make }) => make([...(graph.get(name)?.keys() ?? [])]) ?? []);
}

/** A name means one unit of a device, whatever its domain. The same unit may stand in several sources. */
function withoutTwins(sources: readonly (readonly UnitDraft[])[], findings: Findings): readonly UnitDraft[] {
  const taken = new Map<string, UnitDraft>();
  return sources.flatMap((drafts) => {
    const others = new Map(taken);
    for (const draft of drafts) for (const name of namesOf(draft)) taken.set(name, draft);
    return drafts.filter((draft) => {
      const first = namesOf(draft).flatMap((name) => others.get(name) ?? [])[0];
      if (first === undefined) return true;
      reportTwins(first, draft, findings);
      return false;
    });
  });
}

function namesOf({ name, members }: UnitDraft): readonly string[] {
  return [name, ...members];
}

function reportTwins(first: UnitDraft, draft: UnitDraft, findings: Findings): void {
  if (first.domain === draft.domain && isSame(first, draft)) return;
  const message =
    first.what === draft.what
      ? `the ${draft.what} is defined twice with different content`
      : `one name means the ${first.what} and the ${draft.what}`;
  findings.add(draft.source, '', { code: 'duplicate-definition', message, other: first.source });
}

/** Whether both would run alike. */
function isSame(a: UnitDraft, b: UnitDraft): boolean {
  const names = ({ requires }: UnitDraft): readonly string[] =>
    [...new Set(requires.map(({ name }) => name))].toSorted();
  return isDeepStrictEqual(a.make(names(a)), b.make(names(b)));
}
