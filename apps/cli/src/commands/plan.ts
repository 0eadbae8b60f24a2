// SPDX-License-Identifier: Apache-2.0
import { codeInfo, FairleadError } from '@fairlead/base';
import { noCommit, readDeployed, withMerge, workTreeInput, type PlannedMerge } from '@fairlead/commits';
import {
  createCompiler,
  planFleet,
  trustChanges,
  type CompileInput,
  type Compiler,
} from '@fairlead/compiler';
import { createSnapshotReader, readWorkTree, type Repository, type SnapshotReader } from '@fairlead/git';
import {
  defineCommand,
  exitCode,
  switchFlag,
  textWithDefault,
  type ExitCode,
  type ProgramContext,
} from '@fairlead/program';
import type { Diagnostic } from '@fairlead/spec';
import { checkCounter } from '../check-counter.ts';
import { checkRoots } from '../check-roots.ts';
import { coloursFor } from '../colours.ts';
import { commitAnswer, shortCommit } from '../diagnostics/commit-answer.ts';
import { hasErrors } from '../diagnostics/diagnostics-answer.ts';
import { printable } from '../diagnostics/excerpt.ts';
import { nextCommit } from '../next-commit.ts';
import { planJson } from '../plan/plan-json.ts';
import { planMarkdown } from '../plan/plan-markdown.ts';
import type { PlanReport } from '../plan/plan-report.ts';
import { planSections } from '../plan/plan-sections.ts';
import { planText } from '../plan/plan-text.ts';
import { required, requireRepository } from '../repository.ts';
import { resolveCommit } from '../resolve-commit.ts';

export const planCommand = defineCommand({
  name: 'plan',
  summary:
    'Tell what merging HEAD into BASE would change on devices. Ends with 1 if nothing could be deployed.',
  examples: [
    'fairlead plan main',
    'fairlead plan main --worktree',
    'fairlead plan origin/main HEAD --output markdown --out plan.md',
    'fairlead plan HEAD~1 --output json',
  ],
  args: '<base> [head]',
  forms: ['markdown'],
  flags: {
    repo: textWithDefault('--repo <dir>', 'the fleet repository', '.'),
    worktree: switchFlag(
      '--worktree',
      'plan what lies in the work tree, as git add --all would store it: filters that Git is set up with here run',
    ),
    branch: textWithDefault('--branch <name>', 'the branch that is deployed', 'main'),
  },
  async run({ flags: { repo, worktree, branch }, args: [baseRevision = '', headRevision] }, context) {
    const repository = await requireRepository(repo);
    const { signal } = context;
    const base = await resolveCommit(repository, baseRevision);
    const head = await resolveCommit(repository, headRevision ?? 'HEAD');
    const snapshots = createSnapshotReader(repository.objects);
    const options = { branch, signal, snapshots };
    if (!worktree) {
      const work: PlanWork = { repository, base, head, at: head, branch, snapshots };
      return required(
        await withMerge(repository, { base, head }, options, (merge, compiler) =>
          answerMerge(work, merge, compiler, context),
        ),
      );
    }
    if (headRevision !== undefined)
      throw new FairleadError({ code: 'misuse', message: 'HEAD and --worktree exclude each other' });
    if (!required(await repository.ancestry.isDescendant(base, head))) {
      const message = `the work tree is not on top of ${shortCommit(base)}`;
      const hint = 'Merge the base into your branch, or commit and plan the commit.';
      throw new FairleadError({ code: 'merge-conflict', message, hint });
    }
    const place = { branch, ...(await nextCommit(repository, head)) };
    const work: PlanWork = { repository, base, head: null, at: head, branch, snapshots };
    return required(
      await readWorkTree(repo, signal, (held) => {
        const input = workTreeInput(held, place);
        return answerMerge(work, { kind: 'merged', stale: false, input }, createCompiler(), context);
      }),
    );
  },
});

interface PlanWork {
  readonly repository: Repository;
  readonly base: string;
  /** Null: the work tree. */
  readonly head: string | null;
  /** The commit that the planned one is, or would be on top of. */
  readonly at: string;
  readonly branch: string;
  readonly snapshots: SnapshotReader;
}

async function answerMerge(
  work: PlanWork,
  merge: PlannedMerge,
  compiler: Compiler,
  context: ProgramContext,
): Promise<ExitCode> {
  if (merge.kind === 'conflict') return refuse(work, undefined, conflicts(work, merge.paths), context);
  const { input, stale } = merge;
  const { repository, base, head, at, branch, snapshots } = work;
  const { signal } = context;
  const deployed = required(await readDeployed(repository, base, compiler, { branch, signal, snapshots }));
  const outline = await compiler.outline(input);
  if (outline.kind === 'refused') return refuse(work, merge, outline.diagnostics, context);
  const top = stale ? base : at;
  const onBase = [
    ...(await checkCounter(repository, branch, outline, input.commit, top)),
    ...(await checkRoots(repository, branch, outline, input.commit, top)),
  ];
  if (hasErrors(onBase)) return refuse(work, merge, [...outline.diagnostics, ...onBase], context);
  const report: PlanReport = {
    base,
    head,
    stale,
    tree: input.tree === noCommit ? null : input.tree,
    deployed: deployed?.input.commit ?? null,
    hasRoot: outline.roots.length > 0,
    plan: planFleet(deployed?.outline ?? null, outline),
    trust: trustChanges(deployed?.input.files ?? new Map(), input.files),
  };
  const sections = planSections(report.plan, (id) => printable(outline.devices.get(id)?.name ?? id));
  await context.answer({
    json: planJson(report),
    text: planText(report, sections, coloursFor(context.terminal)),
    forms: { markdown: () => planMarkdown(report, sections) },
  });
  return exitCode.done;
}

/** Answers as `check` does. */
async function refuse(
  { base, head }: PlanWork,
  merge: { readonly stale: boolean; readonly input: CompileInput } | undefined,
  diagnostics: readonly Diagnostic[],
  context: ProgramContext,
): Promise<ExitCode> {
  const isMerge = merge?.stale !== false;
  const where = isMerge ? `in the merge of ${shortCommit(head ?? '')} into ${shortCommit(base)}` : undefined;
  await context.answer(await commitAnswer(context, merge?.input, diagnostics, where));
  return exitCode.no;
}

function conflicts({ base, head }: PlanWork, paths: readonly string[]): readonly Diagnostic[] {
  const code = 'merge-conflict';
  const place = { line: 1, column: 1, endLine: 1, endColumn: 1, severity: 'error', code } as const;
  const { hint } = codeInfo(code);
  const sides = `${shortCommit(head ?? '')} and ${shortCommit(base)}`;
  if (paths.length === 0) {
    const message = `${sides} cannot be merged file by file, or have no history in common`;
    return [{ ...place, file: '.', message, hint }];
  }
  return paths.map((file) => ({ ...place, file, message: `${sides} both changed this file`, hint }));
}
