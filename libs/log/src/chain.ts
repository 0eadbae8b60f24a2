// SPDX-License-Identifier: Apache-2.0
import { codeInfo, err, ok, type Clock, type Result } from '@fairlead/base';
import {
  isDiskError,
  isSignedBy,
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

/** Largest file of one batch, in bytes. */
const maxBatchBytes = 64 * 2 ** 20;

/** Who writes the fleet log, as Git shows it; who it really is, the signature says. */
export const logAuthor: Person = { name: 'Fairlead', email: 'fairlead@localhost' };

export interface ChainOptions {
  readonly repository: Repository;
  /** Full name of the reference. */
  readonly ref: string;
  readonly signer: Ed25519Signer;
  readonly clock: Clock;
}

/** A reference whose commits each hold one batch of files, signed by us, oldest at the end. */
export interface Chain {
  /** Commits from the first to `head`, each checked for our signature; the first that lacks it is `log-forged`. */
  read(): Promise<Result<readonly Commit[], RepositoryProblem>>;
  /** The content of one file of a batch; undefined where the batch has none. */
  file(commit: Commit, name: string): Promise<Result<string | undefined, RepositoryProblem>>;
  /** Appends one commit on top of `parent` by compare-and-swap. */
  append(batch: Batch, signal: AbortSignal): Promise<Result<string, RefRefusal>>;
}

export interface Batch {
  readonly parent: string | null;
  readonly files: ReadonlyMap<string, string>;
  readonly message: string;
}

export function createChain({ repository, ref, signer, clock }: ChainOptions): Chain {
  const { objects, writeObject } = repository;
  return {
    async read() {
      const head = await repository.readRef(ref);
      if (!head.ok) return head;
      const commits: Commit[] = [];
      for (let oid = head.value; oid !== null;) {
        const commit = await objects.commit(oid);
        if (!commit.ok) return commit;
        if (!isSignedBy(commit.value, [signer.publicKey]) || commit.value.parents.length > 1)
          return err(forged(ref, oid));
        commits.push(commit.value);
        oid = commit.value.parents[0] ?? null;
      }
      return ok(commits.reverse());
    },
    file: (commit, name) => fileOf(repository, commit, name),
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
        const oid = await writeCommit(
          writeObject,
          { tree, parents, author: logAuthor, seconds, message },
          signer,
        );
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
  return {
    code: 'log-forged',
    message: `${ref}: commit ${oid} does not carry our signature`,
    hint: codeInfo('log-forged').hint,
  };
}

export interface BatchContent {
  readonly oid: string;
  /** RFC 3339 UTC. */
  readonly at: string;
  readonly content: string;
}

/** One file of each commit of a reference, oldest first; signatures are not looked at. */
export async function readBatches(
  repository: Repository,
  ref: string,
  name: string,
): Promise<Result<readonly BatchContent[], RepositoryProblem>> {
  const head = await repository.readRef(ref);
  if (!head.ok) return head;
  const batches: BatchContent[] = [];
  for (let oid = head.value; oid !== null;) {
    const commit = await repository.objects.commit(oid);
    if (!commit.ok) return commit;
    const content = await fileOf(repository, commit.value, name);
    if (!content.ok) return content;
    batches.push({
      oid,
      at: new Date(commit.value.committed * 1000).toISOString(),
      content: content.value ?? '',
    });
    oid = commit.value.parents[0] ?? null;
  }
  return ok(batches.reverse());
}

async function fileOf(
  { objects }: Repository,
  commit: Commit,
  name: string,
): Promise<Result<string | undefined, RepositoryProblem>> {
  const tree = await objects.tree(commit.tree);
  if (!tree.ok) return tree;
  const entry = tree.value.find((item) => item.name === name);
  if (entry === undefined) return ok(undefined);
  const blob = await objects.blob(entry.oid, maxBatchBytes);
  return blob.ok ? ok(Buffer.from(blob.value).toString('utf8')) : blob;
}
