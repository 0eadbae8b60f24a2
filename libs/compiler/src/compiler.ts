// SPDX-License-Identifier: Apache-2.0
import { compareDiagnostics, join, type Diagnostic, type Severity } from '@fairlead/spec';
import { rootIdentity } from '@fairlead/trust/verify';
import type { CompileInput, Compiler, Outline, Refused } from './compile-types.ts';
import { asWarning, createFindings, type Findings } from './findings.ts';
import type { GroupBuild } from './group-build.ts';
import { checkUnnamed, compileGroups } from './groups.ts';
import { createTreeMaker, type TreeMaker } from './leaves.ts';
import { createMemberReader } from './members.ts';
import { locateUses } from './lock/locate-uses.ts';
import type { LockUse, LockView } from './lock/lock-view.ts';
import { warnOfUnused } from './lock/unused-entries.ts';
import { publish, tabulate, type Placed } from './publish.ts';
import { firstRootPath } from './roots.ts';
import { createSourceReader, type Sources } from './sources.ts';
import { createUsedCache } from './used-cache.ts';

/** Editions that this compiler makes every byte of. Absent in `fleet.json`: 1. */
const editions: readonly number[] = [1];

/** A compiler that remembers what a commit has in common with those before it. */
export function createCompiler(): Compiler {
  const reader = createSourceReader();
  const builds = createUsedCache<GroupBuild>();
  const membersOf = createMemberReader();
  const treeOf = createTreeMaker();

  const examine = async (input: CompileInput, missingRoot: Severity): Promise<Judgement> => {
    const findings = createFindings();
    const aside = createFindings();
    const sources = await reader.read(input, findings, aside);
    refuseUnknownEdition(sources, findings);
    requireFirstRoot(sources, missingRoot, findings);
    const members = membersOf(sources, findings);
    const views = new Set<LockView>();
    const assignments = compileGroups(sources, members, builds, views, findings);
    checkUnnamed(sources, builds, views, aside);
    // What no group names cannot spoil what runs, so a draft is no reason to refuse. Which files are named must be sure for that.
    findings.addAll(aside, sources.namesAll ? asWarning : undefined);
    const placed = findings.hasErrors
      ? []
      : assignments.map(({ member, target }) => ({ member, body: target() }));
    refuseBeyondBounds(placed, findings);
    const uses = [...views].flatMap((view) => view.uses);
    // An error may be the reason why nothing refers to an entry.
    if (!findings.hasErrors) warnOfUnused(sources.lock.value, uses, findings);
    reader.sweep();
    builds.sweep();
    const diagnostics = inOrder(findings.locate((file) => sources.texts.get(file) ?? ''));
    return { sources, diagnostics, uses, placed: findings.hasErrors ? undefined : placed };
  };

  return {
    async compile(input) {
      const judgement = await examine(input, 'error');
      const outline = outlineOf(input, judgement, treeOf);
      const [firstRoot] = judgement.sources.roots;
      if (outline === undefined || firstRoot === undefined) return refusal(judgement);
      return { kind: 'compiled', ...outline, ...publish(input, rootIdentity(firstRoot), outline) };
    },
    async outline(input) {
      const judgement = await examine(input, 'note');
      const outline = outlineOf(input, judgement, treeOf);
      return outline === undefined ? refusal(judgement) : { kind: 'outlined', ...outline };
    },
    async check(input) {
      return (await examine(input, 'note')).diagnostics;
    },
    async references(input) {
      const { sources, diagnostics, uses } = await examine(input, 'note');
      return {
        references: locateUses(uses, (file) => sources.texts.get(file) ?? ''),
        lock: sources.lock.value,
        diagnostics,
      };
    },
  };
}

interface Judgement {
  readonly sources: Sources;
  readonly diagnostics: readonly Diagnostic[];
  /** What hangs on the lock. */
  readonly uses: readonly LockUse[];
  /** Every device with its target; undefined where the commit has an error. */
  readonly placed: readonly Placed[] | undefined;
}

/** Undefined where the commit has an error. */
function outlineOf(
  { generation }: CompileInput,
  { sources, diagnostics, placed }: Judgement,
  treeOf: TreeMaker,
): Outline | undefined {
  if (placed === undefined) return undefined;
  const { fleet, history, roots } = sources;
  return {
    ...tabulate(placed, Object.keys(fleet?.value.groups ?? {}), treeOf),
    edition: editionOf(sources),
    counter: generation + (history?.value.offset ?? 0),
    roots,
    replaced: history?.value.replaced ?? [],
    diagnostics,
  };
}

function refusal({ diagnostics }: Judgement): Refused {
  return { kind: 'refused', diagnostics };
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}

/** Most diagnostics of a commit: more help nobody, and a refused commit is recorded with them. */
const mostDiagnostics = 1_000;

/** Sorted; of too many, errors are kept first. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const sorted = diagnostics.toSorted(compareDiagnostics);
  const last = sorted.at(-1);
  if (last === undefined || sorted.length <= mostDiagnostics) return sorted;
  const kept = [...sorted.filter(isError), ...sorted.filter((diagnostic) => !isError(diagnostic))];
  const message = `only the first ${String(mostDiagnostics)} diagnostics are shown`;
  return [
    ...kept.slice(0, mostDiagnostics).sort(compareDiagnostics),
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
function requireFirstRoot({ roots }: Sources, severity: Severity, findings: Findings): void {
  if (roots.length > 0) return;
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
