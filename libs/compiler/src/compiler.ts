// SPDX-License-Identifier: Apache-2.0
import { compareDiagnostics, join, type Diagnostic, type Severity } from '@fairlead/spec';
import type { CompileInput, Compiler } from './compile-types.ts';
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

  const examine = async (
    input: CompileInput,
    missingRoot: Severity,
  ): Promise<Judgement & { readonly sources: Sources }> => {
    const findings = createFindings();
    const sources = await reader.read(input, findings);
    refuseUnknownEdition(sources, findings);
    requireFirstRoot(sources, missingRoot, findings);
    const judgement = judge(sources, builds, findings);
    reader.sweep();
    builds.sweep();
    return { ...judgement, sources };
  };

  return {
    async compile(input) {
      const { diagnostics, placed, sources } = await examine(input, 'error');
      if (placed === undefined || sources.firstRoot === undefined) return { kind: 'refused', diagnostics };
      const facts = {
        edition: editionOf(sources),
        fleet: sources.firstRoot,
        offset: sources.history?.value.offset ?? 0,
        groupNames: Object.keys(sources.fleet?.value.groups ?? {}),
      };
      return { ...publish(input, facts, placed, treeOf), diagnostics };
    },
    async check(input) {
      return (await examine(input, 'note')).diagnostics;
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
  const members =
    sources.fleet === undefined ? [] : listMembers(sources.fleet.value, sources.devices, findings);
  const groups = compileGroups(sources, members, builds, findings);
  const located = (): readonly Diagnostic[] =>
    inOrder([...findings.locate((file) => sources.texts.get(file) ?? ''), ...groups.diagnostics]);
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

/** Most diagnostics of a commit: more help nobody, and a refused commit is recorded with them. */
const mostDiagnostics = 1_000;

/** Sorted, each once: groups may share a file and what is wrong with it. Of too many, errors are kept first. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const sorted = diagnostics.toSorted(compareDiagnostics);
  const distinct = sorted.filter((diagnostic, index) => {
    const before = sorted[index - 1];
    return before === undefined || compareDiagnostics(before, diagnostic) !== 0;
  });
  const last = distinct.at(-1);
  if (last === undefined || distinct.length <= mostDiagnostics) return distinct;
  const kept = [...distinct.filter(isError), ...distinct.filter((diagnostic) => !isError(diagnostic))].slice(
    0,
    mostDiagnostics,
  );
  const message = `${String(distinct.length - mostDiagnostics)} more diagnostics are not shown`;
  return [
    ...kept.sort(compareDiagnostics),
    { ...last, severity: 'note', code: 'too-many', message, hint: 'Correct these first.' },
  ];
}

function editionOf({ fleet }: Sources): number {
  return fleet?.value.edition ?? 1;
}

function refuseUnknownEdition(sources: Sources, findings: Findings): void {
  const edition = editionOf(sources);
  if (editions.includes(edition)) return;
  const message = `edition ${String(edition)} is not known; this release has ${editions.join(', ')}`;
  findings.add({ file: 'fleet.json', pointer: '/edition' }, '', { code: 'edition-unknown', message });
}

/** The first root is the fleet's identity: nothing can be signed for a fleet that has none. */
function requireFirstRoot({ firstRoot }: Sources, severity: Severity, findings: Findings): void {
  if (firstRoot !== undefined) return;
  findings.add({ file: firstRootPath, pointer: '' }, '', {
    severity,
    code: 'root-missing',
    message: `the commit has no ${firstRootPath}`,
  });
}

/** The device judges a target state by the same parser: what it would refuse is not signed. */
function refuseBeyondBounds(placed: readonly Placed[], findings: Findings): void {
  const reported = new Set<string>();
  for (const { member, body } of placed) {
    if (body.problems.length === 0 || reported.has(body.digest)) continue;
    reported.add(body.digest);
    const source = { file: 'fleet.json', pointer: join('/groups', member.group) };
    for (const problem of body.problems) {
      findings.add(source, '', {
        code: 'invalid-value',
        message: `the target state of group '${member.group}' would be refused by devices: ${problem}`,
      });
    }
  }
}
