// SPDX-License-Identifier: Apache-2.0
import { readCommitInput } from '@fairlead/commits';
import { createCompiler, type Compiled } from '@fairlead/compiler';
import { defineCommand, exitCode, textWithDefault } from '@fairlead/program';
import { checkCounter } from '../check-counter.ts';
import { commitAnswer } from '../diagnostics/commit-answer.ts';
import { required, requireRepository } from '../repository.ts';
import { resolveCommit } from '../resolve-commit.ts';

export const compileCommand = defineCommand({
  name: 'compile',
  summary: 'Compile a commit: its revision, and the digest of what each device shall run.',
  examples: [
    'fairlead compile --commit HEAD',
    'fairlead compile --repo /srv/fleet.git --commit main --output json --out revision.json',
  ],
  flags: {
    repo: textWithDefault('--repo <dir>', 'the fleet repository', '.'),
    commit: textWithDefault('--commit <revision>', 'the commit', 'HEAD'),
    branch: textWithDefault(
      '--branch <name>',
      'the branch that is deployed; it is part of the revision',
      'main',
    ),
  },
  async run({ flags }, context) {
    const repository = await requireRepository(flags.repo);
    const commit = await resolveCommit(repository, flags.commit);
    const { branch } = flags;
    const source = { branch, signal: context.signal };
    const input = required(await readCommitInput(repository, commit, source));
    const result = await createCompiler().compile(input);
    const counter =
      result.kind === 'compiled' ? await checkCounter(repository, flags.branch, result, commit) : [];
    if (result.kind === 'refused' || counter.length > 0) {
      const diagnostics = [...result.diagnostics, ...counter];
      await context.answer(await commitAnswer(context, input, diagnostics));
      return exitCode.no;
    }
    const { revision, manifest, targets } = result;
    const json = {
      revision,
      counter: manifest.counter,
      commit,
      root: manifest.root,
      targets: Object.fromEntries(targets),
    };
    await context.answer({ json, text: revisionText(result) });
    return exitCode.done;
  },
});

function revisionText({ revision, manifest, devices }: Compiled): string {
  const lines = [...devices].map(([id, { name, group, target }]) =>
    `${id}  ${target}  ${group}  ${name ?? ''}`.trimEnd(),
  );
  return [
    `revision  ${revision}`,
    `commit    ${manifest.commit}`,
    `counter   ${manifest.counter}`,
    `root      ${manifest.root}`,
    `devices   ${manifest.devices}`,
    ...lines,
  ].join('\n');
}
