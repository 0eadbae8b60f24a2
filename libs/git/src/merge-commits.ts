// SPDX-License-Identifier: Apache-2.0
import { isAbort, ok, type Result } from '@fairlead/base';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { readBlobs, type BlobResult, type BulkOptions } from './bulk-blobs.ts';
import { isOid } from './oid.ts';
import { mergeFiles } from './merge-files.ts';
import { withoutMergePrograms } from './merge-programs.ts';
import type { RepositoryProblem } from './problem.ts';
import type { Repository } from './repository.ts';
import { createSnapshotReader, type SnapshotFile } from './snapshot.ts';
import { parseTreeList } from './tree-list.ts';

/** What merging one commit into another would give. */
export type Merge =
  | {
      readonly kind: 'merged';
      /** Id of the merged tree; null where no installed `git` made it. */
      readonly tree: string | null;
      readonly files: ReadonlyMap<string, SnapshotFile>;
      readonly blobs: Repository['blobs'];
    }
  /** In byte order. Empty: the two have no history in common. */
  | { readonly kind: 'conflict'; readonly paths: readonly string[] };

/**
 * Merges `theirs` into `ours` as Git would, and lets `use` look at it: no reference and no work tree moves, and what is written lies in
 * a store of its own that is gone afterwards. The attributes are those of `ours` (Git 2.41; before that, none of the tree); programs that
 * merge files of some kind are not run, what they would merge is a conflict. Where the installed `git` cannot say (before 2.38, or there
 * is none), files that only one side changed are merged here.
 */
export async function mergeCommits<T>(
  repository: Repository,
  { ours, theirs }: { readonly ours: string; readonly theirs: string },
  signal: AbortSignal,
  use: (merge: Merge) => Promise<T>,
): Promise<Result<T, RepositoryProblem>> {
  const scratch = await mkdtemp(join(tmpdir(), 'fairlead-merge-'));
  try {
    const merge = await mergeByGit(repository, scratch, [ours, theirs], signal);
    if (merge !== undefined) return ok(await use(merge));
    const byFile = await mergeByFile(repository, ours, theirs);
    return byFile.ok ? ok(await use(byFile.value)) : byFile;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Undefined: it gives no answer. */
async function mergeByGit(
  repository: Repository,
  scratch: string,
  sides: readonly [string, string],
  signal: AbortSignal,
): Promise<Merge | undefined> {
  const { objects } = repository;
  const commonDir = resolve(repository.commonDir);
  const run = async (env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<string> => {
    // From where no `.gitattributes` lies that happens to be checked out.
    const options = { cwd: scratch, env, signal, maxBuffer };
    return (await promisify(execFile)('git', ['--git-dir', commonDir, ...args], options)).stdout;
  };
  try {
    const env = await withoutMergePrograms(
      {
        ...process.env,
        GIT_OBJECT_DIRECTORY: scratch,
        GIT_ALTERNATE_OBJECT_DIRECTORIES: join(commonDir, 'objects'),
        GIT_ATTR_SOURCE: sides[0],
        GIT_NO_REPLACE_OBJECTS: '1',
        LC_ALL: 'C',
      },
      run,
    );
    const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ...sides];
    const [tree = ''] = (await run(env, ...args)).split('\0');
    if (!isOid(tree)) return undefined;
    const files = parseTreeList(await run(env, 'ls-tree', '-r', '-z', tree));
    const blobs = (oids: readonly string[], bulk: BulkOptions): Promise<ReadonlyMap<string, BlobResult>> =>
      readBlobs(commonDir, objects, oids, { ...bulk, env });
    return { kind: 'merged', tree, files, blobs };
  } catch (thrown) {
    if (isAbort(thrown)) throw thrown;
    // Exit code 1 is Git's word for conflicts: the tree that it got so far, then the paths.
    const { code, stdout } = thrown as { readonly code?: unknown; readonly stdout?: unknown };
    const [tree = '', ...paths] = String(stdout).split('\0');
    if (code !== 1 || !isOid(tree)) return undefined;
    return { kind: 'conflict', paths: [...new Set(paths.filter((path) => path !== ''))].sort() };
  }
}

async function mergeByFile(
  repository: Repository,
  ours: string,
  theirs: string,
): Promise<Result<Merge, RepositoryProblem>> {
  const { ancestry, objects } = repository;
  const bases = await ancestry.mergeBases(ours, theirs);
  if (!bases.ok) return bases;
  const [base, another] = bases.value;
  if (base === undefined) return ok({ kind: 'conflict', paths: [] });
  const snapshots = createSnapshotReader(objects);
  const trees: ReadonlyMap<string, SnapshotFile>[] = [];
  // Of several bases any would do only where all agree, and nobody here can say whether they do.
  for (const commit of another === undefined ? [base, ours, theirs] : []) {
    const snapshot = await snapshots.read(commit);
    if (!snapshot.ok) return snapshot;
    trees.push(snapshot.value.files);
  }
  const [was, one, other] = trees;
  if (was === undefined || one === undefined || other === undefined)
    return ok({ kind: 'conflict', paths: [] });
  const merged = mergeFiles(was, one, other);
  return ok(
    merged.kind === 'merged'
      ? { ...merged, tree: null, blobs: (oids, bulk) => repository.blobs(oids, bulk) }
      : merged,
  );
}

/** A list of a million files. */
const maxBuffer = 256 * 2 ** 20;
