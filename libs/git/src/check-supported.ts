// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { parseGitConfig } from './git-config.ts';
import type { GitFolder } from './git-folder.ts';
import { bytesOf, namesIn, textOf } from './optional-file.ts';
import { problem, type RepositoryProblem } from './problem.ts';
import { packedRefs } from './packed-refs.ts';

const knownExtensions = new Set([
  'noop',
  'preciousobjects',
  'worktreeconfig',
  'objectformat',
  'refstorage',
  'partialclone',
]);

/**
 * The forms of a repository that would be read wrongly or not at all, and silently so: other reference and object formats, objects
 * that are elsewhere or absent, and files that make history look other than it is.
 */
export async function checkSupported({ commonDir }: GitFolder): Promise<RepositoryProblem | undefined> {
  const config = parseGitConfig((await textOf(join(commonDir, 'config'))) ?? '');
  const refStorage = config.get('extensions.refstorage') ?? 'files';
  if (refStorage !== 'files') return unsupported(`references are stored as ${refStorage}`);
  const objectFormat = config.get('extensions.objectformat') ?? 'sha1';
  if (objectFormat !== 'sha1') return unsupported(`objects are named by ${objectFormat}`);
  if (config.has('extensions.partialclone') || hasPromisor(config))
    return unsupported('it is a partial clone');
  for (const key of config.keys()) {
    const extension = /^extensions\.(.+)$/.exec(key)?.[1];
    if (extension !== undefined && !knownExtensions.has(extension))
      return unsupported(`it uses the extension ${extension}`);
  }
  if (((await bytesOf(join(commonDir, 'objects/info/alternates')))?.length ?? 0) > 0)
    return unsupported('it borrows objects (alternates)');
  if (((await bytesOf(join(commonDir, 'info/grafts')))?.length ?? 0) > 0) return unsupported('it has grafts');
  if (await hasReplacements(commonDir)) return unsupported('it replaces objects (refs/replace)');
  if (((await bytesOf(join(commonDir, 'shallow')))?.length ?? 0) > 0)
    return problem('shallow-clone', 'the history ends at a shallow boundary');
  return undefined;
}

function hasPromisor(config: ReadonlyMap<string, string>): boolean {
  return [...config].some(([key, value]) => /^remote\..*\.promisor$/s.test(key) && value !== 'false');
}

async function hasReplacements(commonDir: string): Promise<boolean> {
  if ((await namesIn(join(commonDir, 'refs/replace'))).some((name) => !name.endsWith('.lock'))) return true;
  return [...packedRefs((await textOf(join(commonDir, 'packed-refs'))) ?? '').keys()].some((ref) =>
    ref.startsWith('refs/replace/'),
  );
}

function unsupported(why: string): RepositoryProblem {
  return problem('repository-unsupported', why);
}
