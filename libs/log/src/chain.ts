// SPDX-License-Identifier: Apache-2.0
import { codeInfo, err, ok, type Clock, type Result } from '@fairlead/base';
import {
  isDiskError,
  isSignedBy,
  problem,
  treeBytes,
  unwritable,
  writeCommit,
  type Commit,
  type Ed25519Signer,
  type Person,
  type RefRefusal,
  type Repository,
  type RepositoryProblem,
  type TreeEntry,
} from '@fairlead/git';
import { readBatchFile } from './batch-file.ts';

/** Who writes the fleet log, as Git shows it; who it really is, the signature says. */
export const logAuthor: Person = { name: 'Fairlead', email: 'fairlead@localhost' };

export interface ChainOptions {
  readonly repository: Repository;
  /** Full name of the reference. */
  readonly ref: string;
  readonly signer: Ed25519Signer;
  readonly clock: Clock;
}

/** A reference whose commits each hold one batch of files, signed by us. */
export interface Chain {
  /**
   * Commits after `since` (null: from the first on) up to the head, oldest first, each checked for our signature. `log-forged` where
   * one lacks it; `log-behind` where the head no longer descends from `since`.
   */
  read(since: string | null): Promise<Result<readonly Commit[], RepositoryProblem>>;
  /** The content of one file of a batch; undefined where the batch has none. */
  file(commit: Commit, name: string): Promise<Result<string | undefined, RepositoryProblem>>;
  /** Appends one commit on top of `parent` by compare-and-swap; its name. */
  append(batch: Batch, signal: AbortSignal): Promise<Result<string, RefRefusal>>;
}

interface Batch {
  readonly parent: string | null;
  readonly files: ReadonlyMap<string, string>;
  readonly message: string;
}

export function createChain({ repository, ref, signer, clock }: ChainOptions): Chain {
  const { objects, writeObject } = repository;
  return {
    async read(since) {
      const head = await repository.readRef(ref);
      if (!head.ok) return head;
      const commits: Commit[] = [];
      for (let oid = head.value; oid !== since;) {
        if (oid === null)
          return err(problem('log-behind', `${ref} no longer holds ${String(since)}, which was its head`));
        const commit = await objects.commit(oid);
        if (!commit.ok) return commit;
        if (!isSignedBy(commit.value, [signer.publicKey]) || commit.value.parents.length > 1)
          return err(forged(ref, oid));
        commits.push(commit.value);
        oid = commit.value.parents[0] ?? null;
      }
      return ok(commits.reverse());
    },
    file: (commit, name) => readBatchFile(repository, commit, name),
    async append({ parent, files, message }, signal) {
      try {
        const entries: TreeEntry[] = [];
        for (const [name, content] of files) {
          const oid = await writeObject('blob', Buffer.from(content, 'utf8'));
          entries.push({ name, kind: 'file', executable: false, oid });
        }
        const tree = await writeObject('tree', treeBytes(entries));
        const seconds = Math.floor(clock.now() / 1000);
        const parents = parent === null ? [] : [parent];
        const commit = { tree, parents, author: logAuthor, seconds, message };
        const oid = await writeCommit(writeObject, commit, signer);
        const moved = await repository.updateRef({ ref, expected: parent, oid }, signal);
        return moved.ok ? ok(oid) : moved;
      } catch (thrown) {
        if (!isDiskError(thrown)) throw thrown;
        return err({ kind: 'unwritable', problem: unwritable(ref, thrown) });
      }
    },
  };
}

function forged(ref: string, oid: string): RepositoryProblem {
  const message = `${ref}: commit ${oid} does not carry our signature`;
  return { code: 'log-forged', message, hint: codeInfo('log-forged').hint };
}
