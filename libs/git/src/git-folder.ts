// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { dirname, join, resolve } from 'node:path';
import { statsOf, textOf } from './optional-file.ts';
import { problem, unreadable, type RepositoryProblem } from './problem.ts';

/** Where the parts of a repository lie. */
export interface GitFolder {
  /** HEAD of this work tree. */
  readonly gitDir: string;
  /** References and objects; of a linked work tree, those of its main repository. */
  readonly commonDir: string;
  /** Changes when another folder is put in this one's place. */
  readonly identity: string;
}

/** Finds the repository at `path`: bare, with a `.git` folder, or a work tree whose `.git` is a file. Looks nowhere above `path`. */
export async function findGitFolder(path: string): Promise<Result<GitFolder, RepositoryProblem>> {
  try {
    const gitDir = (await linked(join(path, '.git'))) ?? (await linked(path));
    if (gitDir === undefined) return err(problem('repository-missing', `no Git repository at ${path}`));
    const common = await textOf(join(gitDir, 'commondir'));
    const commonDir = common === undefined ? gitDir : resolve(gitDir, common.trim());
    const folder = await statsOf(commonDir);
    const objects = await statsOf(join(commonDir, 'objects'));
    if (folder === undefined || objects === undefined) {
      return err(problem('repository-missing', `the repository of ${path} is not complete`));
    }
    return ok({ gitDir, commonDir, identity: [gitDir, folder.dev, folder.ino, objects.ino].join(':') });
  } catch (thrown) {
    return err(unreadable(path, thrown));
  }
}

/** `candidate` itself if it is a repository's folder, where it points to if it is a `gitdir:` file. */
async function linked(candidate: string): Promise<string | undefined> {
  const stats = await statsOf(candidate);
  if (stats === undefined) return undefined;
  if (stats.isDirectory())
    return (await textOf(join(candidate, 'HEAD'))) === undefined ? undefined : candidate;
  const target = /^gitdir:\s*(.+?)\s*$/.exec((await textOf(candidate)) ?? '')?.[1];
  return target === undefined ? undefined : resolve(dirname(candidate), target);
}
