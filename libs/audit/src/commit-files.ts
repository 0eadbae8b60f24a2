// SPDX-License-Identifier: Apache-2.0
import { ok, type Result } from '@fairlead/base';
import type { RepositoryProblem, TreeEntry } from '@fairlead/git';
import type { AuditSource } from './audit-source.ts';

/** Reads single files and folders of commits of the fleet repository. */
export interface CommitFiles {
  /** The entries of a folder such as `trust/root`; empty where there is none. */
  folder(commit: string, path: string): Promise<Result<readonly TreeEntry[], RepositoryProblem>>;
  /** The bytes of a file; undefined where there is none. */
  file(
    commit: string,
    path: string,
    maxBytes: number,
  ): Promise<Result<Uint8Array | undefined, RepositoryProblem>>;
}

export function createCommitFiles({ objects }: AuditSource): CommitFiles {
  const folder: CommitFiles['folder'] = async (oid, path) => {
    const commit = await objects.commit(oid);
    if (!commit.ok) return commit;
    let tree = commit.value.tree;
    for (const part of path.split('/').filter((name) => name !== '')) {
      const entries = await objects.tree(tree);
      if (!entries.ok) return entries;
      const entry = entries.value.find(({ name, kind }) => name === part && kind === 'tree');
      if (entry === undefined) return ok([]);
      tree = entry.oid;
    }
    return objects.tree(tree);
  };
  return {
    folder,
    async file(commit, path, maxBytes) {
      const at = path.lastIndexOf('/');
      const entries = await folder(commit, path.slice(0, Math.max(at, 0)));
      if (!entries.ok) return entries;
      const entry = entries.value.find(({ name, kind }) => name === path.slice(at + 1) && kind === 'file');
      return entry === undefined ? ok(undefined) : objects.blob(entry.oid, maxBytes);
    },
  };
}
