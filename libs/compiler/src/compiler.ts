// SPDX-License-Identifier: Apache-2.0
import { compareDiagnostics, join, type Diagnostic, type Severity } from '@fairlead/spec';
import type { Compiler } from './compile-types.ts';
import { createFindings, type Findings } from './findings.ts';
import type { GroupBuild } from './group-build.ts';
import { compileGroups } from './groups.ts';
import { createTreeMaker } from './leaves.ts';
import { listMembers } from './members.ts';
import { publish, type Placed } from './publish.ts';
import { createSourceReader, firstRootPath, type Sources } from './sources.ts';
import { createUsedCache, type UsedCache } from './used-cache.ts';

/** Editions that this compiler makes every byte of. Absent in `fleet.json`: 1. */
const editions: readonly number[] = [1];

/** A compiler that remembers what a commit has in common with those before it. */
export function createCompiler(): Compiler {
  const reader = createSourceReader();
  const builds = createUsedCache<GroupBuild>();
  const treeOf = createTreeMaker();
  return {
    async compile(input) {
      const findings = createFindings();
      const sources = await reader.read(input, findings);
      const edition = knownEdition(sources, findings);
      requireFirstRoot(sources, 'error', findings);
      const { diagnostics, placed } = judge(sources, builds, findings);
      reader.sweep();
      builds.sweep();
      if (placed === undefined || sources.firstRoot === undefined) return { kind: 'refused', diagnostics };
      const facts = {
        edition,
        fleet: sources.firstRoot,
        offset: sources.history?.value.offset ?? 0,
        groupNames: Object.keys(sources.fleet?.value.groups ?? {}),
      };
      return { ...publish(input, facts, placed, treeOf), diagnostics };
    },
    async check(input) {
      const findings = createFindings();
      const sources = await reader.read(input, findings);
      knownEdition(sources, findings);
      requireFirstRoot(sources, 'note', findings);
      return judge(sources, builds, findings).diagnostics;
    },
  };
}

interface Judgement {
  readonly diagnostics: readonly Diagnostic[];
  /** Every device with its target; undefined where the commit has an error. */
  readonly placed: readonly Placed[] | undefined;
}

/** Checks everything, then makes target states if nothing is wrong. */
function judge(sources: Sources, builds: UsedCache<GroupBuild>, findings: Findings): Judgement {
  const members = sources.fleet === undefined ? [] : listMembers(sources.fleet.value, sources.devices, findings);
  const groups = compileGroups(sources, members, builds, findings);
  const located = (): readonly Diagnostic[] => inOrder([...findings.locate((file) => sources.texts.get(file) ?? ''), ...groups.diagnostics]);
  const diagnostics = located();
  if (diagnostics.some(isError)) return { diagnostics, placed: undefined };
  const placed = groups.assignments.map(({ member, target }) => ({ member, body: target() }));
  refuseBeyondBounds(placed, findings);
  const all = located();
  return { diagnostics: all, placed: all.some(isError) ? undefined : placed };
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}

/** Sorted, each once: groups may share a file and what is wrong with it. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const sorted = diagnostics.toSorted(compareDiagnostics);
  return sorted.filter((diagnostic, index) => {
    const before = sorted[index - 1];
    return before === undefined || compareDiagnostics(before, diagnostic) !== 0;
  });
}

function knownEdition({ fleet }: Sources, findings: Findings): number {
  const edition = fleet?.value.edition ?? 1;
  if (!editions.includes(edition)) {
    const message = `edition ${String(edition)} is not known; this release has ${editions.join(', ')}`;
    findings.add({ file: 'fleet.json', pointer: '/edition' }, '', { code: 'edition-unknown', message });
  }
  return edition;
}

/** The first root is the fleet's identity: nothing can be signed for a fleet that has none. */
function requireFirstRoot({ firstRoot }: Sources, severity: Severity, findings: Findings): void {
  if (firstRoot !== undefined) return;
  findings.add({ file: firstRootPath, pointer: '' }, '', { severity, code: 'root-missing', message: `the commit has no ${firstRootPath}` });
}

/** The device judges a target state by the same parser: what it would refuse is not signed. */
function refuseBeyondBounds(placed: readonly Placed[], findings: Findings): void {
  const reported = new Set<string>();
  for (const { member, body } of placed) {
    if (body.problems.length === 0 || reported.has(body.digest)) continue;
    reported.add(body.digest);
    const source = { file: 'fleet.json', pointer: join('/groups', member.group) };
    for (const problem of body.problems) {
      findings.add(source, '', { code: 'invalid-value', message: `the target state of group '${member.group}' would be refused by devices: ${problem}` });
    }
  }
}
