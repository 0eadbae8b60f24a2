// SPDX-License-Identifier: Apache-2.0
import { err, FairleadError, ok, type Clock, type Result } from '@fairlead/base';
import {
  isDiskError,
  problem,
  treeBytes,
  unwritable,
  writeCommit,
  type Ed25519Signer,
  type Person,
  type RefRefusal,
  type Repository,
  type RepositoryProblem,
  type TreeEntry,
} from '@fairlead/git';
import { createSignatureJudge, type KeySets } from './signature-judge.ts';

/** Who writes the fleet log, as Git shows it; who it really is, the signature says. */
export const logAuthor: Person = { name: 'Fairlead', email: 'fairlead@localhost' };

/** Largest file of one batch, in bytes. */
export const maxBatchBytes = 64 * 2 ** 20;

export interface ChainOptions {
  readonly repository: Repository;
  /** Full name of the reference. */
  readonly ref: string;
  readonly signer: Ed25519Signer;
  readonly trusted: () => KeySets;
  readonly clock: Clock;
}

/** One batch as it stands in the log. */
export interface ChainCommit {
  readonly oid: string;
  /** Seconds since 1970. */
  readonly written: number;
  /** Those that were asked for, as far as the batch has them. */
  readonly files: ReadonlyMap<string, string>;
}

/** A reference whose commits each hold one batch of files, signed by us. */
export interface Chain {
  /**
   * The batches after `since` (null: from the first on) up to the head, the oldest first, each checked for our signature. An error ends
   * them: `log-forged` where a signature is missing, `log-behind` where the head does not descend from `since`.
   */
  read(
    since: string | null,
    files: readonly string[],
  ): AsyncGenerator<Result<ChainCommit, RepositoryProblem>, void>;
  /** Appends one commit on top of `parent` by compare-and-swap; its name. */
  append(batch: Batch, signal: AbortSignal): Promise<Result<string, RefRefusal>>;
}

interface Batch {
  readonly parent: string | null;
  /** What the reference means until then, where that is not the parent: what lies between is left behind. */
  readonly replaces?: string | null;
  readonly files: ReadonlyMap<string, string>;
  readonly message: string;
  /** Who signs it; default: the signer of the chain. */
  readonly by?: Ed25519Signer | undefined;
}

export function createChain({ repository, ref, signer, trusted, clock }: ChainOptions): Chain {
  const { writeObject } = repository;
  const judge = createSignatureJudge(trusted);
  return {
    async *read(since, names) {
      const { signal } = new AbortController();
      if (since === null) judge.startAnew();
      const head = await repository.readRef(ref);
      if (!head.ok) {
        yield head;
        return;
      }
      const line = await repository.firstParents({ head: head.value, until: since }, { signal });
      if (!line.ok || line.value === undefined) {
        yield line.ok ? err(cut(ref, since)) : line;
        return;
      }
      const options = { files: names, maxBytes: maxBatchBytes, signal };
      for await (const read of repository.commits(line.value, options)) {
        if (!read.ok) {
          yield read;
          return;
        }
        const { commit, files } = read.value;
        if (commit.parents.length > 1 || !judge.accepts(commit)) {
          yield err(forged(ref, commit.oid));
          return;
        }
        yield ok({ oid: commit.oid, written: commit.committed, files: textsOf(files) });
      }
    },
    async append({ parent, replaces = parent, files, message, by = signer }, signal) {
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
        // As it is now: which key signs may change while this is under way.
        const { publicKey } = by;
        const oid = await writeCommit(writeObject, commit, by);
        const moved = await repository.updateRef({ ref, expected: replaces, oid }, signal);
        if (!moved.ok) return moved;
        judge.signed(publicKey);
        return ok(oid);
      } catch (thrown) {
        if (isUnlisted(thrown)) return err({ kind: 'unwritable', problem: thrown });
        if (!isDiskError(thrown)) throw thrown;
        return err({ kind: 'unwritable', problem: unwritable(ref, thrown) });
      }
    },
  };
}

/** The signer holds no key that the root in effect lists. */
function isUnlisted(thrown: unknown): thrown is FairleadError {
  return thrown instanceof FairleadError && thrown.code === 'keys-not-listed';
}

function textsOf(files: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, string> {
  return new Map([...files].map(([name, bytes]) => [name, Buffer.from(bytes).toString('utf8')]));
}

function cut(ref: string, since: string | null): RepositoryProblem {
  return problem('log-behind', `${ref} no longer holds ${String(since)}, which was its head`);
}

function forged(ref: string, oid: string): RepositoryProblem {
  return problem('log-forged', `${ref}: commit ${oid} does not carry our signature`);
}
