// SPDX-License-Identifier: Apache-2.0
import { codeInfo, err, FairleadError, isAbort, ok, type Result } from '@fairlead/base';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { catFiles } from './cat-file.ts';
import { corrupt, type RepositoryProblem } from './problem.ts';
import type { SnapshotFile } from './snapshot.ts';
import { parseTreeList } from './tree-list.ts';

/** What lies in a work tree, as `git add --all` would store it. */
export interface WorkTree {
  /** Id of the tree that a commit of all this would have. */
  readonly tree: string;
  readonly files: ReadonlyMap<string, SnapshotFile>;
  /** Bytes as they would be stored; blobs over `maxBytes` are left out. */
  readonly read: (oids: readonly string[], maxBytes: number) => Promise<ReadonlyMap<string, Uint8Array>>;
}

/** Nothing that is set up for the user's own work runs or is asked: no hooks, no monitor, no advice. */
const settings = ['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'advice.addEmbeddedRepo=false'];

/** Variables by which Git tells its hooks, and who runs in one, where everything lies. */
const places = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_PREFIX', 'GIT_COMMON_DIR', 'GIT_INDEX_FILE'];

/**
 * Lets the installed `git` itself say what the work tree at `dir` holds: tracked files and new ones that are not ignored, through the
 * filters and line ends of `.gitattributes`. It writes to an index and a store of objects of its own, which last as long as `use` does:
 * the repository stays as it is.
 */
export async function readWorkTree<T>(
  dir: string,
  signal: AbortSignal,
  use: (workTree: WorkTree) => Promise<T>,
): Promise<Result<T, RepositoryProblem>> {
  const scratch = await mkdtemp(join(tmpdir(), 'fairlead-work-tree-'));
  try {
    const held = await stage(dir, scratch, signal);
    return held.ok ? ok(await use(held.value)) : held;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function stage(
  dir: string,
  scratch: string,
  signal: AbortSignal,
): Promise<Result<WorkTree, RepositoryProblem>> {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !places.includes(name)));
  const run = async (env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<string> => {
    const all = ['-C', dir, ...settings.flatMap((setting) => ['-c', setting]), ...args];
    return (await promisify(execFile)('git', all, { env, signal, maxBuffer: mostOutput })).stdout;
  };
  try {
    const paths = ['--git-path', 'index', '--git-path', 'objects', '--git-common-dir'];
    const found = await run(own, 'rev-parse', '--path-format=absolute', ...paths);
    const [index = '', objects = '', commonDir = ''] = found.split('\n');
    const env = {
      ...own,
      GIT_INDEX_FILE: join(scratch, 'index'),
      GIT_OBJECT_DIRECTORY: scratch,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: [objects, own['GIT_ALTERNATE_OBJECT_DIRECTORIES'] ?? []]
        .flat()
        .join(delimiter),
    };
    // With what the index knows of files, only those that changed are read. Before the first commit there may be none.
    await copyFile(index, env.GIT_INDEX_FILE).catch(() => undefined);
    await run(env, 'add', '--all', '--', ':/');
    const tree = (await run(env, 'write-tree')).trim();
    const files = parseTreeList(await run(env, 'ls-tree', '-r', '-z', tree));
    const read: WorkTree['read'] = async (oids, maxBytes) => {
      const answers = await catFiles(commonDir, oids, maxBytes, signal, env);
      const lost = oids.find((oid) => !answers.has(oid));
      if (lost !== undefined) throw new FairleadError(corrupt(lost, 'git did not give it'));
      return new Map([...answers].flatMap(([oid, one]) => (one.kind === 'blob' ? [[oid, one.content]] : [])));
    };
    return ok({ tree, files, read });
  } catch (thrown) {
    if (isAbort(thrown)) throw thrown;
    const said = thrown instanceof Error && 'stderr' in thrown ? String(thrown.stderr).trim() : '';
    const message = `the work tree of ${dir} cannot be read: ${said === '' ? 'is git installed?' : said}`;
    return err({ code: 'repository-unreadable', message, hint: codeInfo('git-failed').hint });
  }
}

/** A list of a million files. */
const mostOutput = 256 * 2 ** 20;
