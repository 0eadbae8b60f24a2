// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { readCommitInput, workTreeInput } from '@fairlead/commits';
import { createCompiler, type CompileInput } from '@fairlead/compiler';
import { readWorkTree, type Repository } from '@fairlead/git';
import { defineCommand, exitCode, optionalText, switchFlag, textWithDefault } from '@fairlead/program';
import type { Diagnostic } from '@fairlead/spec';
import { checkCounter } from '../check-counter.ts';
import { checkRoots } from '../check-roots.ts';
import { checkSignature } from '../check-signature.ts';
import { commitAnswer } from '../diagnostics/commit-answer.ts';
import { diagnosticForms, hasErrors } from '../diagnostics/diagnostics-answer.ts';
import { nextCommit } from '../next-commit.ts';
import { required, requireRepository } from '../repository.ts';
import { resolveCommit } from '../resolve-commit.ts';

export const checkCommand = defineCommand({
  name: 'check',
  summary: 'Tell everything that is wrong with the fleet of a commit. Ends with 1 if something is.',
  examples: [
    'fairlead check',
    'fairlead check --worktree',
    'fairlead check --repo /srv/fleet.git --commit main --output json',
    'fairlead check --output sarif --out fairlead.sarif',
  ],
  forms: diagnosticForms,
  flags: {
    repo: textWithDefault('--repo <dir>', 'the fleet repository', '.'),
    commit: optionalText(
      '--commit <revision>',
      'the commit; what is not committed is not looked at (default: HEAD)',
    ),
    worktree: switchFlag(
      '--worktree',
      'what lies in the work tree instead, as git add --all would store it: filters that Git is set up with here run',
    ),
    branch: textWithDefault('--branch <name>', 'the branch that is deployed', 'main'),
  },
  async run({ flags: { repo, commit: revision, worktree, branch } }, context) {
    if (worktree && revision !== undefined)
      throw new FairleadError({ code: 'misuse', message: '--commit and --worktree exclude each other' });
    const repository = await requireRepository(repo);
    const { signal } = context;
    const judge = async (input: CompileInput, at?: string) => {
      const diagnostics = await problemsOf(repository, input, at);
      await context.answer(await commitAnswer(context, input, diagnostics));
      return hasErrors(diagnostics) ? exitCode.no : exitCode.done;
    };
    if (!worktree) {
      const commit = await resolveCommit(repository, revision ?? 'HEAD');
      return judge(required(await readCommitInput(repository, commit, { branch, signal })), commit);
    }
    const below = await headOf(repository);
    const place = { branch, ...(await nextCommit(repository, below)) };
    return required(await readWorkTree(repo, signal, (held) => judge(workTreeInput(held, place), below)));
  },
});

/** `at`: the commit itself, or the one below what is not committed yet; undefined where there is none. */
async function problemsOf(
  repository: Repository,
  input: CompileInput,
  at: string | undefined,
): Promise<readonly Diagnostic[]> {
  const compiler = createCompiler();
  const found = await compiler.check(input);
  if (at === undefined) return found;
  const { branch, commit } = input;
  const compiled = await compiler.compile(input);
  const onBase =
    compiled.kind === 'compiled'
      ? [
          ...(await checkCounter(repository, branch, compiled, commit, at)),
          ...(await checkRoots(repository, branch, compiled, commit, at)),
        ]
      : [];
  // What is not committed is not signed either.
  const signature = at === commit ? await checkSignature(repository, branch, commit) : [];
  return [...found, ...onBase, ...signature];
}

/** Undefined before the first commit. */
async function headOf(repository: Repository): Promise<string | undefined> {
  try {
    return await resolveCommit(repository, 'HEAD');
  } catch (thrown) {
    if (thrown instanceof FairleadError && thrown.code === 'repository-empty') return undefined;
    throw thrown;
  }
}
