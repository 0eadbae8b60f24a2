// SPDX-License-Identifier: Apache-2.0
import { digestHex, ok, type Clock, type Digest, type Result } from '@fairlead/base';
import {
  isDiskError,
  treeBytes,
  unwritable,
  writeCommit,
  type Repository,
  type RepositoryProblem,
} from '@fairlead/git';
import { logAuthor } from './chain.ts';

const file = 'targets.json';
/** What anybody can put there is not read beyond this, in bytes: no device takes larger metadata. */
const maxBytes = 16_384;

/** Targets metadata that holders of release keys signed for a revision, on machines of their own. */
export interface ReleaseSignature {
  /** Of the commit that holds it: what the reference means now. */
  readonly oid: string;
  /** Whose signatures it carries, its reader judges. */
  readonly targets: Uint8Array;
}

/** Where the signatures for a revision lie. */
export function releaseRef(revision: Digest): string {
  return `refs/fairlead/signatures/${digestHex(revision)}`;
}

/** Undefined: there is none. */
export async function readReleaseSignature(
  { readRef, objects }: Pick<Repository, 'readRef' | 'objects'>,
  revision: Digest,
): Promise<Result<ReleaseSignature | undefined, RepositoryProblem>> {
  const head = await readRef(releaseRef(revision));
  if (!head.ok) return head;
  if (head.value === null) return ok(undefined);
  const commit = await objects.commit(head.value);
  if (!commit.ok) return commit;
  const tree = await objects.tree(commit.value.tree);
  if (!tree.ok) return tree;
  const entry = tree.value.find(({ name, kind }) => name === file && kind === 'file');
  if (entry === undefined) return ok(undefined);
  const blob = await objects.blob(entry.oid, maxBytes);
  return blob.ok ? ok({ oid: head.value, targets: blob.value }) : blob;
}

/** Puts the file in the place of `before` (null: of none); `ref-contended` where somebody else was quicker. */
export async function writeReleaseSignature(
  { writeObject, updateRef }: Pick<Repository, 'writeObject' | 'updateRef'>,
  revision: Digest,
  targets: Uint8Array,
  {
    before,
    message,
    clock,
    signal,
  }: {
    readonly before: string | null;
    readonly message: string;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<Result<string, RepositoryProblem>> {
  const ref = releaseRef(revision);
  try {
    const blob = await writeObject('blob', targets);
    const entries = [{ name: file, kind: 'file', executable: false, oid: blob }] as const;
    const tree = await writeObject('tree', treeBytes(entries));
    const parents = before === null ? [] : [before];
    const seconds = Math.floor(clock.now() / 1000);
    const oid = await writeCommit(writeObject, { tree, parents, author: logAuthor, seconds, message });
    const moved = await updateRef({ ref, expected: before, oid }, signal);
    return moved.ok ? ok(oid) : { ok: false, error: moved.error.problem };
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    return { ok: false, error: unwritable(ref, thrown) };
  }
}
