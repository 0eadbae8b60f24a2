// SPDX-License-Identifier: Apache-2.0
import { git, startGitHttp, systemClock, tempDir, type GitHttp } from '@fairlead/testing';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Repository } from '../repository.ts';
import { writeCommit } from '../signed-commit.ts';
import { treeBytes } from '../tree-object.ts';
import type { RemoteRepository } from './mirror.ts';
import { openRemoteRepository, type RemoteOptions } from './open-remote.ts';

export const signal: AbortSignal = new AbortController().signal;

export interface Remote {
  readonly http: GitHttp;
  /** The bare repository that is served. */
  readonly bare: string;
  /** A work tree whose `origin` is the bare repository. */
  readonly clone: string;
  readonly url: string;
  /** Commits and pushes; the commit. */
  push(message: string, ...flags: readonly string[]): Promise<string>;
  /** What a reference means there; empty: nothing. */
  ref(name: string): Promise<string>;
}

/** A repository with one commit, behind a real server. */
export async function newRemote(): Promise<Remote> {
  const dir = await tempDir('remote');
  const [root, clone] = [join(dir, 'root'), join(dir, 'clone')];
  const bare = join(root, 'fleet.git');
  await mkdir(root);
  await git(dir, 'init', '-q', '--bare', '-b', 'main', bare);
  await git(dir, 'clone', '-q', bare, clone);
  await git(clone, 'checkout', '-q', '-b', 'main');
  const http = await startGitHttp({ root });
  onTestFinished(() => http.close());
  const remote: Remote = {
    http,
    bare,
    clone,
    url: http.url('fleet.git'),
    async push(message, ...flags) {
      await git(clone, 'commit', '-q', '--allow-empty', '-m', message);
      await git(clone, 'push', '-q', ...flags, 'origin', 'main');
      return (await git(clone, 'rev-parse', 'HEAD')).trim();
    },
    ref: async (name) => (await git(bare, 'for-each-ref', '--format=%(objectname)', name)).trim(),
  };
  await remote.push('first');
  return remote;
}

export async function openMirror(
  url: string,
  options: Partial<RemoteOptions> = {},
): Promise<RemoteRepository> {
  const data = options.data ?? (await tempDir('data'));
  const opened = await openRemoteRepository(
    { kind: 'http', url },
    { branch: 'main', clock: systemClock, ...options, data },
  );
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

/** A commit as the fleet log's, stored and not pushed yet. */
export async function entry(
  { writeObject }: Pick<Repository, 'writeObject'>,
  parent: string | null,
  text: string,
): Promise<string> {
  const blob = await writeObject('blob', Buffer.from(text, 'utf8'));
  const tree = await writeObject(
    'tree',
    treeBytes([{ name: 'records.jsonl', kind: 'file', executable: false, oid: blob }]),
  );
  const author = { name: 'Fairlead', email: 'fairlead@localhost' };
  const parents = parent === null ? [] : [parent];
  return writeCommit(writeObject, { tree, parents, author, seconds: 1_780_000_000, message: text });
}
