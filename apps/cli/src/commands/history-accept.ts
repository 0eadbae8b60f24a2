// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { readLastRevision, refNames } from '@fairlead/log';
import { defineCommand, exitCode, optionalText, textWithDefault } from '@fairlead/program';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { acceptRewrite, historyPath, readHistory } from '../accepted-history.ts';
import { required, requireRepository } from '../repository.ts';
import { resolveCommit } from '../resolve-commit.ts';
import { requireWorkTree } from '../root-files.ts';
import { fetchFleetRefs, runGit } from '../run-git.ts';

export const historyAcceptCommand = defineCommand({
  name: 'history accept',
  summary:
    'Commit that the history of this work tree replaces the one that is recorded, so that servers and devices follow it.',
  examples: [
    'fairlead history accept --repo ~/fleet',
    "fairlead history accept --repo ~/fleet --remote origin --message 'Accept the history without the secret'",
  ],
  flags: {
    repo: textWithDefault('--repo <path>', 'a work tree of the fleet, the new history checked out', '.'),
    branch: textWithDefault('--branch <name>', 'the branch that is deployed', 'main'),
    remote: optionalText('--remote <name>', 'fetch the fleet log from there first'),
    message: textWithDefault('--message <text>', 'of the commit', 'Accept this history'),
  },
  async run({ flags }, context) {
    const { repo, branch } = flags;
    await requireWorkTree(repo);
    if (flags.remote !== undefined) await fetchFleetRefs(repo, flags.remote);
    const repository = await requireRepository(repo);
    const last = required(await readLastRevision(repository, branch));
    const replaced = required(await repository.readRef(refNames(branch).recorded));
    if (last === null || replaced === null) {
      throw new FairleadError({
        code: 'log-missing',
        message: `${repo} holds no fleet log of the branch ${branch}: it does not say which head is replaced`,
      });
    }
    const head = await resolveCommit(repository, 'HEAD');
    const descends = await repository.ancestry.isDescendant(replaced, head);
    if (required(descends)) {
      throw new FairleadError({
        code: 'history-unchanged',
        message: `${head} descends from ${replaced}, the last recorded commit`,
      });
    }
    const generation = 1 + required(await repository.ancestry.generation(head));
    const history = acceptRewrite(await readHistory(repo), { replaced, above: last.counter, generation });
    const path = join(repo, historyPath);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, history.text);
    await runGit(repo, 'add', '--', historyPath);
    await runGit(repo, 'commit', '--quiet', '--message', flags.message, '--', historyPath);
    const commit = (await runGit(repo, 'rev-parse', 'HEAD')).trim();
    const counter = generation + history.offset;
    await context.answer({
      json: { commit, replaced, offset: history.offset, counter },
      text: [
        `commit    ${commit}`,
        `replaces  ${replaced}`,
        `counter   ${counter}`,
        '',
        'Push it: the server follows this history from that commit on.',
      ].join('\n'),
    });
    return exitCode.done;
  },
});
