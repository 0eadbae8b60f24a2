// SPDX-License-Identifier: Apache-2.0
import { readCommitInput } from '@fairlead/commits';
import { createCompiler } from '@fairlead/compiler';
import { defineCommand, exitCode, textWithDefault } from '@fairlead/program';
import { checkCounter } from '../check-counter.ts';
import { checkRoots } from '../check-roots.ts';
import { checkSignature } from '../check-signature.ts';
import { commitAnswer } from '../diagnostics/commit-answer.ts';
import { diagnosticForms, hasErrors } from '../diagnostics/diagnostics-answer.ts';
import { required, requireRepository } from '../repository.ts';
import { resolveCommit } from '../resolve-commit.ts';

export const checkCommand = defineCommand({
  name: 'check',
  summary: 'Tell everything that is wrong with the fleet of a commit. Ends with 1 if something is.',
  examples: ['fairlead check', 'fairlead check --repo /srv/fleet.git --commit main --output json'],
  forms: diagnosticForms,
  flags: {
    repo: textWithDefault('--repo <dir>', 'the fleet repository', '.'),
    commit: textWithDefault(
      '--commit <revision>',
      'the commit; what is not committed is not looked at',
      'HEAD',
    ),
    branch: textWithDefault('--branch <name>', 'the branch that is deployed', 'main'),
  },
  async run({ flags }, context) {
    const repository = await requireRepository(flags.repo);
    const commit = await resolveCommit(repository, flags.commit);
    const { branch } = flags;
    const source = { branch, signal: context.signal };
    const input = required(await readCommitInput(repository, commit, source));
    const compiler = createCompiler();
    const found = await compiler.check(input);
    const compiled = await compiler.compile(input);
    const onBase =
      compiled.kind === 'compiled'
        ? [
            ...(await checkCounter(repository, branch, compiled)),
            ...(await checkRoots(repository, branch, compiled)),
          ]
        : [];
    const diagnostics = [...found, ...onBase, ...(await checkSignature(repository, branch, commit))];
    await context.answer(await commitAnswer(context, input, diagnostics));
    return hasErrors(diagnostics) ? exitCode.no : exitCode.done;
  },
});
